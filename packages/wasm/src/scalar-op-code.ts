import type { DType, ScalarOp } from '@chainrule/tensor'
import { select, v128 } from 'wasmati'
import { castElements, narrowMask, widenMask } from './assembly/cast-code.js'
import type { FloatLanes } from './assembly/float-lanes.js'
import type { Term } from './assembly/function-builder.js'
import * as integer from './assembly/integer-code.js'
import { floatLanes, type Lanes } from './assembly/lanes.js'
import { mathCode } from './math/math-code.js'

/** What a scalar primitive is applied to. */
export interface ScalarArguments {
  /** Dtype of the result. */
  readonly dtype: DType
  /** Dtype of the arguments (of the first, for `cast`; of the last two, for `where`). */
  readonly of: DType
  /** The arguments, each to be emitted once; a maker that needs one twice keeps it. */
  readonly terms: readonly [Term, Term, Term]
  /** The value of each argument that is a constant. */
  readonly constants: readonly (number | undefined)[]
}

type OpCode = (lanes: Lanes, from: ScalarArguments) => Term

type FloatBinary = (float: FloatLanes, x: Term, y: Term) => Term
type IntegerBinary = (lanes: Lanes, x: Term, y: Term) => Term

/** A primitive of two numbers: on floats, on int32, and on bools (the integer result ≠ 0). */
const arithmetic =
  (ofFloats: FloatBinary, ofIntegers: IntegerBinary, ofBools: IntegerBinary): OpCode =>
  (lanes, { of, terms: [x, y] }) => {
    if (of === 'bool') return ofBools(lanes, x, y)
    if (of === 'int32') return ofIntegers(lanes, x, y)
    return ofFloats(floatLanes(lanes, of), x, y)
  }

/** Comparisons of floats give a mask of their own width. */
const comparison = (ofFloats: FloatBinary, ofIntegers: IntegerBinary, ofBools: IntegerBinary): OpCode => {
  const compare = arithmetic(ofFloats, ofIntegers, ofBools)
  return (lanes, from) => {
    const mask = compare(lanes, from)
    if (from.of !== 'float64' || lanes.count === 1) return mask
    return () => {
      narrowMask(lanes.float64.keepMask(mask))()
    }
  }
}

const unary =
  (ofFloats: (float: FloatLanes, x: Term) => Term, ofIntegers: (lanes: Lanes, x: Term) => Term = (_, x) => x): OpCode =>
  (lanes, { of, terms: [x] }) => {
    if (of === 'bool') return x
    if (of === 'int32') return ofIntegers(lanes, x)
    return ofFloats(floatLanes(lanes, of), x)
  }

/** x > 0 ? 1 : x < 0 ? −1 : x, so that NaN and the zeros stay what they are. */
const signOfFloat = (float: FloatLanes, x: Term): Term => {
  return () => {
    const kept = float.keep(x)
    const zero = float.constant(0)
    const positive = float.less(zero, kept)
    const negative = float.less(kept, zero)
    float.select(positive, float.constant(1), float.select(negative, float.constant(-1), kept))()
  }
}

const maximum = arithmetic((float, x, y) => float.max(x, y), integer.maximumOfIntegers, integer.orBits)
const minimum = arithmetic((float, x, y) => float.min(x, y), integer.minimumOfIntegers, integer.andBits)

/**
 * The exact `max` and `min` of wasm are several instructions each, as they settle NaN and the zeros. With a constant on
 * one side one instruction does: NaN can only be in the other, and max(−0, 0) = 0 is mended by adding 0.
 */
const extreme =
  (exact: OpCode, isMaximum: boolean): OpCode =>
  (lanes, from) => {
    const { of, terms, constants } = from
    const side = constants.findIndex((value) => value !== undefined && !Number.isNaN(value))
    if ((of !== 'float32' && of !== 'float64') || side < 0) return exact(lanes, from)
    const float = floatLanes(lanes, of)
    const value = constants[side] ?? 0
    const [x, bound] = side === 0 ? [terms[1], terms[0]] : [terms[0], terms[1]]
    if (isMaximum)
      return Object.is(value, 0) ? float.add(float.clampBelow(x, bound), bound) : float.clampBelow(x, bound)
    return Object.is(value, -0) ? exact(lanes, from) : float.clampAbove(x, bound)
  }

const where: OpCode = (lanes, { of, terms: [condition, x, y] }) => {
  return () => {
    x()
    y()
    if (lanes.count > 1 && of === 'float64') widenMask(condition)()
    else condition()
    if (lanes.count > 1) v128.bitselect()
    else select()
  }
}

/** Small whole exponents are products, exact to one rounding each. */
const power: OpCode = (lanes, from) => {
  const float = floatLanes(lanes, from.of)
  const [x] = from.terms
  switch (from.constants[1]) {
    case 1:
      return x
    case 2:
      return () => {
        const kept = float.keep(x)
        float.mul(kept, kept)()
      }
    case -1:
      return float.div(float.constant(1), x)
    default:
      return mathCode.pow(lanes, from.of, from.terms)
  }
}

const math =
  (name: Exclude<keyof typeof mathCode, 'pow'>): OpCode =>
  (lanes, { of, terms }) =>
    mathCode[name](lanes, of, terms)

/** Code of each scalar primitive. */
export const scalarOpCode: Record<ScalarOp, OpCode> = {
  add: arithmetic((float, x, y) => float.add(x, y), integer.addIntegers, integer.orBits),
  sub: arithmetic((float, x, y) => float.sub(x, y), integer.subtractIntegers, integer.xorBits),
  mul: arithmetic((float, x, y) => float.mul(x, y), integer.multiplyIntegers, integer.andBits),
  div: (lanes, { of, terms: [x, y] }) => floatLanes(lanes, of).div(x, y),
  neg: unary((float, x) => float.neg(x), integer.negateInteger),
  abs: unary((float, x) => float.abs(x), integer.absoluteInteger),
  sign: unary(signOfFloat, integer.signOfInteger),
  pow: power,
  maximum: extreme(maximum, true),
  minimum: extreme(minimum, false),
  floor: unary((float, x) => float.floor(x)),
  ceil: unary((float, x) => float.ceil(x)),
  round: unary((float, x) => float.nearest(x)),
  sqrt: unary((float, x) => float.sqrt(x)),
  exp: math('exp'),
  expm1: math('expm1'),
  log: math('log'),
  log1p: math('log1p'),
  sin: math('sin'),
  cos: math('cos'),
  atan: math('atan'),
  tanh: math('tanh'),
  erf: math('erf'),
  sigmoid: math('sigmoid'),
  equal: comparison(
    (float, x, y) => float.equal(x, y),
    integer.equalIntegers,
    (lanes, x, y) => integer.notBool(lanes, integer.xorBits(lanes, x, y)),
  ),
  less: comparison(
    (float, x, y) => float.less(x, y),
    integer.lessIntegers,
    (lanes, x, y) => integer.andBits(lanes, integer.notBool(lanes, x), y),
  ),
  lessEqual: comparison(
    (float, x, y) => float.lessEqual(x, y),
    integer.lessEqualIntegers,
    (lanes, x, y) => integer.orBits(lanes, integer.notBool(lanes, x), y),
  ),
  logicalAnd: (lanes, { terms: [x, y] }) => integer.andBits(lanes, x, y),
  logicalOr: (lanes, { terms: [x, y] }) => integer.orBits(lanes, x, y),
  logicalNot: (lanes, { terms: [x] }) => integer.notBool(lanes, x),
  where,
  cast: (lanes, { dtype, of, terms: [x] }) => castElements(lanes, of, dtype, x),
}
