import { f32x4, f64x2, i32, i32x4, i64x2, v128 } from 'wasmati'
import type { FloatLanes } from './float-lanes.js'
import type { FunctionBuilder, Term } from './function-builder.js'
import { vectorConstant } from './vector-constant.js'

/** Emits one instruction whose operands are on the stack. */
type Instruction = () => unknown

const unary =
  (instruction: Instruction) =>
  (x: Term): Term =>
  () => {
    x()
    instruction()
  }

const binary =
  (instruction: Instruction) =>
  (x: Term, y: Term): Term =>
  () => {
    x()
    y()
    instruction()
  }

const ternary =
  (instruction: Instruction) =>
  (x: Term, y: Term, z: Term): Term =>
  () => {
    x()
    y()
    z()
    instruction()
  }

const shift =
  (instruction: Instruction) =>
  (x: Term, count: number): Term =>
  () => {
    x()
    i32.const(count)
    instruction()
  }

const same = (x: Term): Term => x

/**
 * Arithmetic on four float32 or two float64 numbers at once.
 *
 * @param builder - the function under construction
 * @param width - bits of one number
 * @param fused - whether the engine has relaxed multiply-add
 * @returns the arithmetic
 */
export const vectorLanes = (builder: FunctionBuilder, width: 32 | 64, fused: boolean): FloatLanes => {
  const float = width === 32 ? f32x4 : f64x2
  const integer = width === 32 ? i32x4 : i64x2
  const keep = (term: Term): Term => builder.keep('v128', term)
  const add = binary(() => float.add())
  const sub = binary(() => float.sub())
  const mul = binary(() => float.mul())
  return {
    builder,
    name: width === 32 ? 'f32x4' : 'f64x2',
    width,
    isVector: true,
    type: 'v128',
    bitsType: 'v128',
    maskType: 'v128',
    constant: (value) => vectorConstant(builder, width === 32 ? 'f32' : 'f64', value),
    bits: (pattern) => vectorConstant(builder, width === 32 ? 'i32' : 'i64', pattern),
    keep,
    keepBits: keep,
    keepMask: keep,
    add,
    sub,
    mul,
    div: binary(() => float.div()),
    madd: fused ? ternary(() => float.relaxed_madd()) : (x, y, z) => add(mul(x, y), z),
    nmadd: fused ? ternary(() => float.relaxed_nmadd()) : (x, y, z) => sub(z, mul(x, y)),
    neg: unary(() => float.neg()),
    abs: unary(() => float.abs()),
    sqrt: unary(() => float.sqrt()),
    floor: unary(() => float.floor()),
    ceil: unary(() => float.ceil()),
    nearest: unary(() => float.nearest()),
    min: binary(() => float.min()),
    max: binary(() => float.max()),
    clampAbove: binary(() => float.pmin()),
    clampBelow: binary(() => float.pmax()),
    equal: binary(() => float.eq()),
    notEqual: binary(() => float.ne()),
    less: binary(() => float.lt()),
    lessEqual: binary(() => float.le()),
    select: (mask, x, y) => () => {
      x()
      y()
      mask()
      v128.bitselect()
    },
    maskAnd: binary(() => v128.and()),
    maskOr: binary(() => v128.or()),
    maskNot: unary(() => v128.not()),
    any: unary(() => v128.any_true()),
    all: unary(() => integer.all_true()),
    toBits: same,
    fromBits: same,
    bitsAnd: binary(() => v128.and()),
    bitsOr: binary(() => v128.or()),
    bitsXor: binary(() => v128.xor()),
    bitsAdd: binary(() => integer.add()),
    bitsSub: binary(() => integer.sub()),
    lowestBit: (x) => {
      const one = vectorConstant(builder, width === 32 ? 'i32' : 'i64', 1)
      const zero = vectorConstant(builder, width === 32 ? 'i32' : 'i64', 0)
      return () => {
        zero()
        x()
        one()
        v128.and()
        integer.sub()
      }
    },
    shiftLeft: shift(() => integer.shl()),
    shiftRight: shift(() => integer.shr_u()),
    shiftRightSigned: shift(() => integer.shr_s()),
  }
}
