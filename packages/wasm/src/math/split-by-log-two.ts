import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'

/** A whole number k, ready to become 2^k. */
export interface PowerOfTwo {
  /** k as a float. */
  readonly value: Term
  /** Bits whose low part is k in two's complement. */
  readonly bits: Term
}

/** Adding 1.5 · 2^(mantissa bits) rounds to a whole number and leaves it in the low bits of the sum. */
const magic = { 32: 1.5 * 2 ** 23, 64: 1.5 * 2 ** 52 } as const
const magicBits = { 32: 0x4b400000, 64: 0x4338000000000000n } as const

/** ln 2 in two parts; the first has trailing zeros enough for exact products with k. */
const logTwo = {
  32: [0.693359375, -2.1219444e-4],
  64: [6.9314718036912381649e-1, 1.90821492927058770002e-10],
} as const

/** Rounding to the nearest whole number with one addition; `nearest` is slower. */
const roundToPower = (float: FloatLanes, x: Term): PowerOfTwo => {
  const shifted = float.keep(x)
  return { value: float.keep(float.sub(shifted, float.constant(magic[float.width]))), bits: float.toBits(shifted) }
}

/** x = k ln 2 + r, with k whole and |r| ≤ ½ ln 2. */
export interface SplitByLogTwo {
  readonly rest: Term
  /** r = high − low with less rounding. */
  readonly high: Term
  readonly low: Term
  readonly exponent: PowerOfTwo
}

/**
 * Writes x as k ln 2 + r (Cody and Waite's reduction).
 *
 * @param float - the arithmetic
 * @param x - a number; emitted twice
 * @returns the parts; `rest` and `high` may be emitted often, `low` costs a product
 */
export const splitByLogTwo = (float: FloatLanes, x: Term): SplitByLogTwo => {
  const exponent = roundToPower(float, float.madd(x, float.constant(Math.LOG2E), float.constant(magic[float.width])))
  const [first, second] = logTwo[float.width]
  const high = float.keep(float.nmadd(exponent.value, float.constant(first), x))
  return {
    rest: float.keep(float.nmadd(exponent.value, float.constant(second), high)),
    high,
    low: float.mul(exponent.value, float.constant(second)),
    exponent,
  }
}

/**
 * 2^k as a product of two factors, each a normal float, so that results may be subnormal or overflow.
 *
 * @param float - the arithmetic
 * @param exponent - k, with |k| less than twice the exponent range
 * @returns the factors, 2^⌊k/2⌋ and 2^(k − ⌊k/2⌋)
 */
export const powerOfTwo = (float: FloatLanes, { bits }: PowerOfTwo): readonly [Term, Term] => {
  const k = float.keepBits(float.bitsSub(bits, float.bits(magicBits[float.width])))
  const half = float.keepBits(float.shiftRightSigned(k, 1))
  return [scale(float, half), scale(float, float.bitsSub(k, half))]
}

/**
 * 2^k for k within the exponents of normal floats.
 *
 * @param float - the arithmetic
 * @param exponent - k
 * @returns 2^k
 */
export const normalPowerOfTwo = (float: FloatLanes, { bits }: PowerOfTwo): Term =>
  // The bits of the magic number vanish in the shift.
  scale(float, bits)

/**
 * x 2^k by adding k to the exponent in the bits of x, where the result is a normal float.
 *
 * @param float - the arithmetic
 * @param x - the number
 * @param exponent - k
 * @returns the product
 */
export const scaleByPower = (float: FloatLanes, x: Term, { bits }: PowerOfTwo): Term =>
  float.fromBits(float.bitsAdd(float.toBits(x), float.shiftLeft(bits, float.width === 32 ? 23 : 52)))

const scale = (float: FloatLanes, k: Term): Term => {
  const places = float.width === 32 ? 23 : 52
  const one = float.width === 32 ? 0x3f800000 : 0x3ff0000000000000n
  return float.fromBits(float.bitsAdd(float.shiftLeft(k, places), float.bits(one)))
}
