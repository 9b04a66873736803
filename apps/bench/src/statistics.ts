/** What repeated runs took, in milliseconds. */
export interface Timing {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly runs: number
}

/** Median and spread. */
export const timingOf = (times: readonly number[]): Timing => {
  const sorted = [...times].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const median = ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
  return { median, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN, runs: sorted.length }
}
