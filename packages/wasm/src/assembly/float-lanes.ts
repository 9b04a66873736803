import type { FunctionBuilder, Term, ValueType } from './function-builder.js'

/**
 * Floating-point arithmetic on a vector (f32x4, f64x2) or on one number (f32, f64), so that a formula is written once.
 * Every method makes a term from terms; arguments that are used twice should be kept first. Masks are all ones or all
 * zeros in each lane of a vector, 1 or 0 for a number. Bits are the lanes seen as integers of the same width.
 */
export interface FloatLanes {
  readonly builder: FunctionBuilder
  readonly name: 'f32x4' | 'f64x2' | 'f32' | 'f64'
  /** Bits of one number. */
  readonly width: 32 | 64
  readonly isVector: boolean
  readonly type: ValueType
  readonly bitsType: ValueType
  readonly maskType: ValueType

  /** The same number in every lane, kept in a local of the function. */
  constant(value: number): Term
  /** The same bits in every lane, kept in a local of the function. */
  bits(pattern: number | bigint): Term
  /** Evaluates now; the result can be read many times. */
  keep(term: Term): Term
  keepBits(term: Term): Term
  keepMask(term: Term): Term

  add(x: Term, y: Term): Term
  sub(x: Term, y: Term): Term
  mul(x: Term, y: Term): Term
  div(x: Term, y: Term): Term
  /** x · y + z, fused where the engine has it. Not for formulas that need it fused, nor for those that need it not to be. */
  madd(x: Term, y: Term, z: Term): Term
  /** z − x · y, as `madd`. */
  nmadd(x: Term, y: Term, z: Term): Term
  neg(x: Term): Term
  abs(x: Term): Term
  sqrt(x: Term): Term
  floor(x: Term): Term
  ceil(x: Term): Term
  nearest(x: Term): Term
  /** NaN where either is. */
  min(x: Term, y: Term): Term
  max(x: Term, y: Term): Term
  /** y < x ? y : x, one instruction: NaN in x stays. */
  clampAbove(x: Term, y: Term): Term
  /** x < y ? y : x, one instruction: NaN in x stays. */
  clampBelow(x: Term, y: Term): Term

  equal(x: Term, y: Term): Term
  notEqual(x: Term, y: Term): Term
  less(x: Term, y: Term): Term
  lessEqual(x: Term, y: Term): Term
  select(mask: Term, x: Term, y: Term): Term
  maskAnd(x: Term, y: Term): Term
  maskOr(x: Term, y: Term): Term
  maskNot(x: Term): Term
  /** An i32 that is not zero when the mask holds in any lane. */
  any(mask: Term): Term
  /** An i32 that is not zero when the mask holds in every lane. */
  all(mask: Term): Term

  toBits(x: Term): Term
  fromBits(x: Term): Term
  bitsAnd(x: Term, y: Term): Term
  bitsOr(x: Term, y: Term): Term
  bitsXor(x: Term, y: Term): Term
  bitsAdd(x: Term, y: Term): Term
  bitsSub(x: Term, y: Term): Term
  /** Holds where the lowest bit is set. */
  lowestBit(x: Term): Term
  shiftLeft(x: Term, count: number): Term
  shiftRight(x: Term, count: number): Term
  shiftRightSigned(x: Term, count: number): Term
}
