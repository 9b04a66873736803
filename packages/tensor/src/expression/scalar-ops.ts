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

export const add = arithmetic('add')
export const sub = arithmetic('sub')
export const mul = arithmetic('mul')
export const div: Binary = (x, y) => {
  floating('div', x)
  return arithmetic('div')(x, y)
}
export const pow: Binary = (x, y) => {
  floating('pow', x)
  return arithmetic('pow')(x, y)
}
export const maximum = arithmetic('maximum')
export const minimum = arithmetic('minimum')
export const neg = anyUnary('neg')
export const abs = anyUnary('abs')
export const sign = anyUnary('sign')
export const floor = rounding('floor')
export const ceil = rounding('ceil')
export const round = rounding('round')
export const sqrt = floatUnary('sqrt')
export const exp = floatUnary('exp')
export const expm1 = floatUnary('expm1')
export const log = floatUnary('log')
export const log1p = floatUnary('log1p')
export const sin = floatUnary('sin')
export const cos = floatUnary('cos')
export const atan = floatUnary('atan')
export const tanh = floatUnary('tanh')
export const erf = floatUnary('erf')
export const sigmoid = floatUnary('sigmoid')
export const equal = comparison('equal')
export const less = comparison('less')
export const lessEqual = comparison('lessEqual')
export const logicalAnd = logical('logicalAnd')
export const logicalOr = logical('logicalOr')
export const logicalNot: Unary = (x) => scalar('logicalNot', 'bool', [cast(x, 'bool')])

export const where = (condition: Expression, x: Expression, y: Expression): Expression =>
  scalar('where', sameType('where', x, y), [cast(condition, 'bool'), x, y])

export const cast = (x: Expression, dtype: DType): Expression => (x.dtype === dtype ? x : scalar('cast', dtype, [x]))

/** The number `value` in the dtype of `x`. */
export const like = (x: Expression, value: number): Expression => constant(value, x.dtype)
