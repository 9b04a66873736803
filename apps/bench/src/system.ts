import type { Case } from './cases.ts'
import type { HostArray } from './arrays.ts'

/** One case made ready on one system. */
export interface Runner {
  /** Numbers that must agree between systems: losses of the first steps, or samples of the result. */
  readonly check: readonly number[]
  /** Runs once on inputs other than the last ones where the case has several; milliseconds. */
  run(): number | Promise<number>
  /** Calls of a native library so far, where the system counts them. */
  libraryCalls?(): number
  /** Runs several times in a row and waits once, for devices that work on their own; milliseconds of all. */
  runMany?(count: number): Promise<number>
}

/** A library under test. */
export interface System {
  /** Versions and settings. */
  readonly description: string
  /** Makes a case ready, or says why it cannot be run. */
  prepare(each: Case, arrays: Readonly<Record<string, HostArray>>): Promise<Runner | { readonly skip: string }>
}

/** Samples of a result: its sum, and elements spread over it. */
export const sample = (data: ArrayLike<number>): number[] => {
  let sum = 0
  for (let place = 0; place < data.length; place++) sum += data[place] ?? 0
  const places = [0, 0.3, 0.7, 1].map((part) => Math.round(part * (data.length - 1)))
  return [sum, ...places.map((place) => data[place] ?? NaN)]
}

/** Milliseconds that a function takes. */
export const timed = (run: () => void): number => {
  const start = performance.now()
  run()
  return performance.now() - start
}
