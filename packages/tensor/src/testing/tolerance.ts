import type { DType } from '../dtype.js'

/** How far apart two numbers may be: |actual − expected| ≤ absolute + relative · |expected|. */
export interface Tolerance {
  readonly relative: number
  readonly absolute: number
}

/**
 * How devices may differ in an op.
 *
 * - `exact`: not at all: movement, comparison, integers, choices
 * - `arithmetic`: in the last bits of a few rounded operations
 * - `transcendental`: in the approximation of a function
 * - `relative`: the same where results are small and nothing cancels, so that only the relative error counts
 * - `contraction`: in the order of many additions; `absolute` then counts in units of the largest element expected
 */
export type ToleranceClass = 'exact' | 'arithmetic' | 'transcendental' | 'relative' | 'contraction'

const same: Tolerance = { relative: 0, absolute: 0 }

/**
 * Tolerances between a device and the reference device, which rounds each primitive correctly and adds up in float64.
 * u is half a unit in the last place, 2^−24 or 2^−53.
 */
const tolerances: Record<'float32' | 'float64', Record<ToleranceClass, Tolerance>> = {
  float32: {
    exact: same,
    // WGSL allows 2.5 units for a division, relaxed SIMD may contract a · b + c: four units of 2^−23.
    // Subnormal results may be flushed, which is at most 2^−126.
    arithmetic: { relative: 4 * 2 ** -23, absolute: 2 ** -126 },
    // Polynomials are good to 2 or 3 units, and some ops chain three of them; arguments near zeros of sin, log or
    // 1 + erf cancel, which leaves an absolute error of a few units of 1.
    transcendental: { relative: 16 * 2 ** -23, absolute: 4 * 2 ** -23 },
    relative: { relative: 16 * 2 ** -23, absolute: 2 ** -126 },
    // n terms of about one size, added one by one, err by about √n u of the sum, 2e−6 for n = 1000.
    contraction: { relative: 1e-5, absolute: 2e-6 },
  },
  float64: {
    exact: same,
    arithmetic: { relative: 4 * 2 ** -52, absolute: 2 ** -1022 },
    // As above; the host's own functions are good to one unit.
    transcendental: { relative: 16 * 2 ** -52, absolute: 4 * 2 ** -52 },
    relative: { relative: 16 * 2 ** -52, absolute: 2 ** -1022 },
    // √n u is 4e−15 for n = 1000; the reference device's own sums err as much.
    contraction: { relative: 2e-14, absolute: 1e-14 },
  },
}

/**
 * The tolerance of an op class in a dtype.
 *
 * @param dtype - dtype of the result; integers and bool are always exact
 * @param kind - how devices may differ in the op
 * @param largest - largest magnitude expected, for contractions
 * @returns the tolerance
 */
export const toleranceOf = (dtype: DType, kind: ToleranceClass, largest = 1): Tolerance => {
  if (dtype !== 'float32' && dtype !== 'float64') return same
  const tolerance = tolerances[dtype][kind]
  return kind === 'contraction' ? { ...tolerance, absolute: tolerance.absolute * Math.max(1, largest) } : tolerance
}
