import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'

/**
 * A number that is not negative, with the sign of another put on it.
 *
 * @param float - the arithmetic
 * @param size - the number, its sign bit clear unless NaN
 * @param sign - where the sign comes from
 * @returns ± size
 */
export const copySign = (float: FloatLanes, size: Term, sign: Term): Term =>
  float.fromBits(float.bitsOr(float.toBits(size), signBit(float, sign)))

/**
 * The sign bit of a number, all other bits clear.
 *
 * @param float - the arithmetic
 * @param x - the number
 * @returns its sign bit
 */
export const signBit = (float: FloatLanes, x: Term): Term =>
  float.bitsAnd(float.toBits(x), float.bits(float.width === 32 ? 0x80000000 : 0x8000000000000000n))
