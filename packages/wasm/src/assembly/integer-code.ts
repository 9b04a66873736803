import { i32, i32x4, select, v128 } from 'wasmati'
import type { Term } from './function-builder.js'
import type { Lanes } from './lanes.js'
import { vectorConstant } from './vector-constant.js'

type Unary = (lanes: Lanes, x: Term) => Term
type Binary = (lanes: Lanes, x: Term, y: Term) => Term

const binary =
  (vector: () => unknown, number: () => unknown): Binary =>
  ({ count }, x, y) =>
  () => {
    x()
    y()
    if (count === 1) number()
    else vector()
  }

const shift =
  (vector: () => unknown, number: () => unknown) =>
  ({ count }: Lanes, x: Term, places: number): Term =>
  () => {
    x()
    i32.const(places)
    if (count === 1) number()
    else vector()
  }

const shiftRight = shift(
  () => i32x4.shr_u(),
  () => i32.shr_u(),
)
const shiftRightSigned = shift(
  () => i32x4.shr_s(),
  () => i32.shr_s(),
)

const pick =
  (vector: () => unknown, isFirst: () => unknown): Binary =>
  (lanes, x, y) =>
  () => {
    if (lanes.count > 1) {
      x()
      y()
      vector()
      return
    }
    const first = lanes.builder.keep('i32', x)
    const second = lanes.builder.keep('i32', y)
    first()
    second()
    first()
    second()
    isFirst()
    select()
  }

/** An int32 (or the bits of a bool) in every lane. */
export const integerConstant = (lanes: Lanes, value: number): Term =>
  lanes.count === 1 ? () => i32.const(value | 0) : vectorConstant(lanes.builder, 'i32', value | 0)

export const addIntegers = binary(
  () => i32x4.add(),
  () => i32.add(),
)
export const subtractIntegers = binary(
  () => i32x4.sub(),
  () => i32.sub(),
)
export const multiplyIntegers = binary(
  () => i32x4.mul(),
  () => i32.mul(),
)
export const negateInteger: Unary = (lanes, x) => subtractIntegers(lanes, integerConstant(lanes, 0), x)
/** |x|, which wraps for the smallest int32: (x xor s) − s with s the sign spread over all bits. */
export const absoluteInteger: Unary = (lanes, x) => () => {
  const kept = lanes.builder.keep(lanes.count === 1 ? 'i32' : 'v128', x)
  const sign = shiftRightSigned(lanes, kept, 31)
  subtractIntegers(lanes, xorBits(lanes, kept, sign), sign)()
}
/** −1, 0 or 1: the sign spread over all bits, or the sign bit of −x. */
export const signOfInteger: Unary = (lanes, x) => () => {
  const kept = lanes.builder.keep(lanes.count === 1 ? 'i32' : 'v128', x)
  orBits(lanes, shiftRightSigned(lanes, kept, 31), shiftRight(lanes, negateInteger(lanes, kept), 31))()
}
export const maximumOfIntegers = pick(
  () => i32x4.max_s(),
  // wasmati 0.2.4 encodes i32.gt_s as gt_u; the other comparisons are right.
  () => i32.ge_s(),
)
export const minimumOfIntegers = pick(
  () => i32x4.min_s(),
  () => i32.le_s(),
)
export const equalIntegers = binary(
  () => i32x4.eq(),
  () => i32.eq(),
)
export const lessIntegers = binary(
  () => i32x4.lt_s(),
  () => i32.lt_s(),
)
export const lessEqualIntegers = binary(
  () => i32x4.le_s(),
  () => i32.le_s(),
)
export const andBits = binary(
  () => v128.and(),
  () => i32.and(),
)
export const orBits = binary(
  () => v128.or(),
  () => i32.or(),
)
export const xorBits = binary(
  () => v128.xor(),
  () => i32.xor(),
)
/** The other truth value of a bool. */
export const notBool: Unary =
  ({ count }, x) =>
  () => {
    x()
    if (count === 1) i32.eqz()
    else v128.not()
  }
