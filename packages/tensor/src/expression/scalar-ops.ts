import { type DType, isFloating } from '../dtype.js'
import { DTypeError } from '../errors.js'
import { constant, type Expression, scalar } from './expression.js'

/**
 * The scalar primitives that every device implements; all other elementwise ops are expressions over them.
 * Arguments of one primitive share a dtype (`where` takes a bool first; `cast` converts to its node's dtype).
 * Integer arithmetic wraps modulo 2^32. `round` rounds halves to even. `maximum` and `minimum` propagate NaN.
 * `sign` of NaN is NaN. `cast` to int32 truncates (NaN gives 0, out of range saturates), to bool is `x ≠ 0`.
 */
export type ScalarOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'neg'
  | 'abs'
  | 'sign'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'sqrt'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sin'
  | 'cos'
  | 'atan'
  | 'tanh'
  | 'erf'
  | 'sigmoid'
  | 'equal'
  | 'less'
  | 'lessEqual'
  | 'logicalAnd'
  | 'logicalOr'
  | 'logicalNot'
  | 'where'
  | 'cast'

type Unary = (x: Expression) => Expression
type Binary = (x: Expression, y: Expression) => Expression

const sameType = (op: ScalarOp, x: Expression, y: Expression): DType => {
  if (x.dtype !== y.dtype) {
    throw new DTypeError(`${op}: got arguments of ${x.dtype} and ${y.dtype}, expected one dtype. Cast one of them.`)
  }
  return x.dtype
}

const floating = (op: ScalarOp, x: Expression): DType => {
  if (!isFloating(x.dtype)) {
    throw new DTypeError(`${op}: got ${x.dtype}, expected a floating dtype. Cast the argument first.`)
  }
  return x.dtype
}

const arithmetic =
  (op: ScalarOp): Binary =>
  (x, y) =>
    scalar(op, sameType(op, x, y), [x, y])

const comparison =
  (op: ScalarOp): Binary =>
  (x, y) => {
    sameType(op, x, y)
    return scalar(op, 'bool', [x, y])
  }

const floatUnary =
  (op: ScalarOp): Unary =>
  (x) =>
    scalar(op, floating(op, x), [x])

const anyUnary =
  (op: ScalarOp): Unary =>
  (x) =>
    scalar(op, x.dtype, [x])

const logical =
  (op: ScalarOp): Binary =>
  (x, y) =>
    scalar(op, 'bool', [cast(x, 'bool'), cast(y, 'bool')])

/** Rounds are the identity on integers, so they need no kernel there. */
const rounding =
  (op: ScalarOp): Unary =>
  (x) =>
    isFloating(x.dtype) ? scalar(op, x.dtype, [x]) : x

/** x + y; integers wrap modulo 2³². */
export const add = arithmetic('add')
/** x − y; integers wrap modulo 2³². */
export const sub = arithmetic('sub')
/** x · y; integers wrap modulo 2³². */
export const mul = arithmetic('mul')
/** x / y, of floating expressions. */
export const div: Binary = (x, y) => {
  floating('div', x)
  return arithmetic('div')(x, y)
}
/** xʸ, of floating expressions. */
export const pow: Binary = (x, y) => {
  floating('pow', x)
  return arithmetic('pow')(x, y)
}
/** The larger of x and y; NaN where either is. */
export const maximum = arithmetic('maximum')
/** The smaller of x and y; NaN where either is. */
export const minimum = arithmetic('minimum')
/** −x; integers wrap modulo 2³². */
export const neg = anyUnary('neg')
/** |x|; integers wrap modulo 2³². */
export const abs = anyUnary('abs')
/** −1, 0 or 1; NaN of NaN. */
export const sign = anyUnary('sign')
/** The largest whole number that is not above x. */
export const floor = rounding('floor')
/** The smallest whole number that is not below x. */
export const ceil = rounding('ceil')
/** The nearest whole number, halves to the even one. */
export const round = rounding('round')
/** √x */
export const sqrt = floatUnary('sqrt')
/** eˣ */
export const exp = floatUnary('exp')
/** eˣ − 1, exact near 0. */
export const expm1 = floatUnary('expm1')
/** ln x */
export const log = floatUnary('log')
/** ln(1 + x), exact near 0. */
export const log1p = floatUnary('log1p')
/** sin x, x in radians. */
export const sin = floatUnary('sin')
/** cos x, x in radians. */
export const cos = floatUnary('cos')
/** arctan x, in radians. */
export const atan = floatUnary('atan')
/** tanh x */
export const tanh = floatUnary('tanh')
/** erf x = 2/√π ∫₀ˣ e^(−t²) dt */
export const erf = floatUnary('erf')
/** 1 / (1 + e⁻ˣ) */
export const sigmoid = floatUnary('sigmoid')
/** x = y, as bool; NaN equals nothing. */
export const equal = comparison('equal')
/** x < y, as bool. */
export const less = comparison('less')
/** x ≤ y, as bool. */
export const lessEqual = comparison('lessEqual')
/** x ≠ 0 and y ≠ 0, as bool. */
export const logicalAnd = logical('logicalAnd')
/** x ≠ 0 or y ≠ 0, as bool. */
export const logicalOr = logical('logicalOr')
/** x = 0, as bool. */
export const logicalNot: Unary = (x) => scalar('logicalNot', 'bool', [cast(x, 'bool')])

/** x where the condition is not 0, else y. */
export const where = (condition: Expression, x: Expression, y: Expression): Expression =>
  scalar('where', sameType('where', x, y), [cast(condition, 'bool'), x, y])

/** x in another dtype: to int32 the fraction is cut off (NaN gives 0, what is out of range the nearest bound), to bool it is x ≠ 0. */
export const cast = (x: Expression, dtype: DType): Expression => (x.dtype === dtype ? x : scalar('cast', dtype, [x]))

/** The number `value` in the dtype of `x`. */
export const like = (x: Expression, value: number): Expression => constant(value, x.dtype)
