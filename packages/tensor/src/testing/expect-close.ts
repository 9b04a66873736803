import type { Tolerance } from './tolerance.js'

/** Thrown by `expectClose`. */
export class NotCloseError extends Error {
  override readonly name = 'NotCloseError'
}

const orderedBits = (value: number, array: ArrayLike<number>): bigint => {
  const view = new DataView(new ArrayBuffer(8))
  let bits: bigint
  if (array instanceof Float32Array) {
    view.setFloat32(0, value)
    bits = BigInt(view.getInt32(0))
    return bits < 0n ? -(bits + 2n ** 31n) : bits
  }
  view.setFloat64(0, value)
  bits = view.getBigInt64(0)
  return bits < 0n ? -(bits + 2n ** 63n) : bits
}

/**
 * How many floating-point numbers apart two numbers are: of float32 where `actual` is a `Float32Array`, else of float64.
 *
 * @param actual - a number of the list
 * @param expected - the number it should be
 * @param list - the list, for its precision
 * @returns the distance; infinite where one is NaN
 */
export const ulpDistance = (actual: number, expected: number, list: ArrayLike<number>): number => {
  if (Number.isNaN(actual) || Number.isNaN(expected))
    return Number.isNaN(actual) && Number.isNaN(expected) ? 0 : Infinity
  const distance = orderedBits(actual, list) - orderedBits(expected, list)
  return Number(distance < 0n ? -distance : distance)
}

const isClose = (actual: number, expected: number, { relative, absolute }: Tolerance): boolean => {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return true
  if (!Number.isFinite(actual) || !Number.isFinite(expected)) return false
  return Math.abs(actual - expected) <= absolute + relative * Math.abs(expected)
}

/** How many differences a message lists. */
const listed = 5

/**
 * Compares numbers in float64: NaN equals NaN, infinities are exact, 0 equals −0, and finite numbers satisfy
 * |actual − expected| ≤ absolute + relative · |expected|.
 *
 * @param actual - what was computed
 * @param expected - what it should be
 * @param tolerance - `relative` and `absolute`
 * @param label - what is compared, for the message
 * @throws NotCloseError that lists the first differences with index, both values and their distance in ulps
 */
export const expectClose = (
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
  label = 'values',
): void => {
  if (actual.length !== expected.length) {
    throw new NotCloseError(`${label}: got ${actual.length} elements, expected ${expected.length}`)
  }
  const differences: string[] = []
  let count = 0
  for (let place = 0; place < actual.length; place++) {
    const got = actual[place] ?? Number.NaN
    const wanted = expected[place] ?? Number.NaN
    if (isClose(got, wanted, tolerance)) continue
    count += 1
    if (differences.length < listed) {
      differences.push(
        `  [${place}] got ${got}, expected ${wanted}, off by ${Math.abs(got - wanted)}, ${ulpDistance(got, wanted, actual)} ulps`,
      )
    }
  }
  if (count === 0) return
  const { relative, absolute } = tolerance
  throw new NotCloseError(
    `${label}: ${count} of ${actual.length} elements differ by more than ${absolute} + ${relative} · |expected|:\n` +
      differences.join('\n') +
      (count > listed ? `\n  … and ${count - listed} more` : ''),
  )
}
