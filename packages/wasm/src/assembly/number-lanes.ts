import { f32, f64, i32, i64, select } from 'wasmati'
import type { FloatLanes } from './float-lanes.js'
import type { FunctionBuilder, Term } from './function-builder.js'

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

/**
 * Arithmetic on one float32 or float64 number, for engines without SIMD.
 *
 * @param builder - the function under construction
 * @param width - bits of the number
 * @returns the arithmetic
 */
export const numberLanes = (builder: FunctionBuilder, width: 32 | 64): FloatLanes => {
  const narrow = width === 32
  const float = narrow ? f32 : f64
  const integer = narrow ? i32 : i64
  const type = narrow ? 'f32' : 'f64'
  const bitsType = narrow ? 'i32' : 'i64'
  const keep = (term: Term): Term => builder.keep(type, term)
  const add = binary(() => float.add())
  const sub = binary(() => float.sub())
  const mul = binary(() => float.mul())
  const less = binary(() => float.lt())
  const choose = (mask: Term, x: Term, y: Term): Term => {
    return () => {
      x()
      y()
      mask()
      select()
    }
  }
  const shift =
    (instruction: Instruction) =>
    (x: Term, count: number): Term =>
    () => {
      x()
      if (narrow) i32.const(count)
      else i64.const(BigInt(count))
      instruction()
    }
  /** Evaluates both sides once, as they are compared and chosen from. */
  const clamp =
    (chooses: (x: Term, y: Term) => Term): ((x: Term, y: Term) => Term) =>
    (x, y) =>
    () => {
      chooses(keep(x), keep(y))()
    }
  return {
    builder,
    name: type,
    width,
    isVector: false,
    type,
    bitsType,
    maskType: 'i32',
    constant: (value) => () => {
      if (narrow) f32.const(Math.fround(value))
      else f64.const(value)
    },
    bits: (pattern) => () => {
      if (narrow) i32.const(Number(pattern) | 0)
      else i64.const(BigInt.asIntN(64, BigInt(pattern)))
    },
    keep,
    keepBits: (term) => builder.keep(bitsType, term),
    keepMask: (term) => builder.keep('i32', term),
    add,
    sub,
    mul,
    div: binary(() => float.div()),
    madd: (x, y, z) => add(mul(x, y), z),
    nmadd: (x, y, z) => sub(z, mul(x, y)),
    neg: unary(() => float.neg()),
    abs: unary(() => float.abs()),
    sqrt: unary(() => float.sqrt()),
    floor: unary(() => float.floor()),
    ceil: unary(() => float.ceil()),
    nearest: unary(() => float.nearest()),
    min: binary(() => float.min()),
    max: binary(() => float.max()),
    clampAbove: clamp((x, y) => choose(less(y, x), y, x)),
    clampBelow: clamp((x, y) => choose(less(x, y), y, x)),
    equal: binary(() => float.eq()),
    notEqual: binary(() => float.ne()),
    less,
    lessEqual: binary(() => float.le()),
    select: choose,
    maskAnd: binary(() => i32.and()),
    maskOr: binary(() => i32.or()),
    maskNot: unary(() => i32.eqz()),
    any: (mask) => mask,
    all: (mask) => mask,
    toBits: unary(() => (narrow ? i32.reinterpret_f32() : i64.reinterpret_f64())),
    fromBits: unary(() => (narrow ? f32.reinterpret_i32() : f64.reinterpret_i64())),
    bitsAnd: binary(() => integer.and()),
    bitsOr: binary(() => integer.or()),
    bitsXor: binary(() => integer.xor()),
    bitsAdd: binary(() => integer.add()),
    bitsSub: binary(() => integer.sub()),
    lowestBit: (x) => () => {
      x()
      if (!narrow) i32.wrap_i64()
      i32.const(1)
      i32.and()
    },
    shiftLeft: shift(() => integer.shl()),
    shiftRight: shift(() => integer.shr_u()),
    shiftRightSigned: shift(() => integer.shr_s()),
  }
}
