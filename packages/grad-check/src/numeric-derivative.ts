/** A derivative from values of a function alone, element by element of its results. */
export interface NumericDerivative {
  /** The estimate. */
  readonly value: Float64Array
  /** How far the estimate may be off, judged by the estimates of the levels. */
  readonly error: Float64Array
  /** Whether the slopes from the left and from the right stay apart as the step shrinks. */
  readonly kink: readonly boolean[]
}

/** Options of `numericDerivative`. */
export interface NumericDerivativeOptions {
  /** The first step. */
  readonly step: number
  /** Unit roundoff of the function's results. */
  readonly roundoff: number
  /** The error that will do, given an estimate. */
  readonly tolerance: (value: number) => number
}

/** How often the step is reduced, by how much, while the error is too large. */
const attempts = 3
const reduction = 8

/** Halvings of the step within an attempt. */
const halvings = 2

interface Attempt {
  readonly value: Float64Array
  readonly error: Float64Array
  readonly kink: boolean[]
}

/**
 * Central differences D(h) = (f(h) − f(−h)) / 2h at h, h/2 and h/4, extrapolated to h = 0 (Richardson): errors of order h²
 * and h⁴ cancel. The last two extrapolations differ by about the error.
 */
const attempt = async (
  f: (t: number) => Promise<Float64Array>,
  center: Float64Array,
  step: number,
  roundoff: number,
): Promise<Attempt> => {
  const pairs: (readonly [Float64Array, Float64Array, number])[] = []
  for (let level = 0; level <= halvings; level++) {
    const h = step / 2 ** level
    pairs.push([await f(h), await f(-h), h])
  }
  const result = {
    value: new Float64Array(center.length),
    error: new Float64Array(center.length),
    kink: [] as boolean[],
  }
  center.forEach((middle, place) => {
    const differences: number[] = []
    const gaps: number[] = []
    const slopes: number[] = []
    for (const [above, below, h] of pairs) {
      const [up = Number.NaN, down = Number.NaN] = [above[place], below[place]]
      differences.push((up - down) / (2 * h))
      gaps.push(Math.abs(up - 2 * middle + down) / h)
      slopes.push((Math.abs(up - middle) + Math.abs(middle - down)) / h)
    }
    const [d0 = 0, d1 = 0, d2 = 0] = differences
    const [r0, r1] = [(4 * d1 - d0) / 3, (4 * d2 - d1) / 3]
    const value = (16 * r1 - r0) / 15
    const finest = step / 2 ** halvings
    const noise = (4 * roundoff * Math.abs(middle)) / finest
    result.value[place] = value
    result.error[place] = Number.isFinite(value) ? Math.abs(value - r1) + noise : Infinity
    // |slope from the right − slope from the left| is about h |f''|, a quarter at a quarter of the step; at a kink it stays.
    const [coarse = 0, , fine = 0] = gaps
    result.kink.push(fine > 0.7 * coarse && fine > 1e-3 * (slopes[halvings] ?? 0) + 16 * noise)
  })
  return result
}

/**
 * The derivative of t ↦ f(t) at 0 by extrapolated central differences, each element with the step that serves it best.
 *
 * @param f - the function, to a row of numbers
 * @param center - f(0)
 * @param options - first step, roundoff, tolerance
 * @returns estimates, errors, kinks
 */
export const numericDerivative = async (
  f: (t: number) => Promise<Float64Array>,
  center: Float64Array,
  { step, roundoff, tolerance }: NumericDerivativeOptions,
): Promise<NumericDerivative> => {
  const best = await attempt(f, center, step, roundoff)
  const isPoor = (place: number): boolean => !((best.error[place] ?? 0) <= tolerance(best.value[place] ?? 0))
  for (let count = 1; count < attempts && best.value.some((_, place) => isPoor(place)); count++) {
    const next = await attempt(f, center, step / reduction ** count, roundoff)
    next.error.forEach((error, place) => {
      if (!(error < (best.error[place] ?? 0))) return
      best.error[place] = error
      best.value[place] = next.value[place] ?? 0
      best.kink[place] = next.kink[place] ?? false
    })
  }
  return best
}
