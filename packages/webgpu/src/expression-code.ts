import type { DType, Expression, ScalarOp } from '@chainrule/tensor'
import { fromBits, isNan } from './math/bits.js'
import { errorFunction } from './math/error-function.js'
import { exponential, exponentialMinusOne, hyperbolicTangent, sigmoid } from './math/exponential.js'
import { logarithm, logarithmOfOnePlus } from './math/logarithm.js'
import { power } from './math/power.js'
import { divide, maximum, minimum, signOf, squareRoot, toInteger } from './math/selection.js'
import { arcTangent, cosine, sine } from './math/trigonometric.js'
import type { WgslFunction } from './math/wgsl-function.js'
import { valueType } from './operand-code.js'

/** Where the leaves of an expression come from in a shader. */
export interface ExpressionLeaves {
  input(position: number): string
  cell(slot: number, dtype: DType): string
  index(axis: number): string
  count(dtype: DType): string
  stage(position: number): string
}

/** WGSL of several expressions over the same leaves. */
export interface ExpressionCode {
  /** `let` statements for what is used more than once or grows long. */
  readonly lines: readonly string[]
  /** One WGSL expression for each of the given ones. */
  readonly results: readonly string[]
}

/** An expression longer than this gets a name, for the reader's sake. */
const longText = 72

type Operands = readonly [string, string, string]

interface Primitive {
  /** WGSL on floats. */
  readonly float: (operands: Operands) => string
  /** WGSL on int32, where it differs. */
  readonly integer?: (operands: Operands) => string
  /** WGSL on bool, where it differs. */
  readonly boolean?: (operands: Operands) => string
  readonly needs?: readonly WgslFunction[]
}

const called = (callee: WgslFunction): Primitive => ({ float: ([x]) => `${callee.name}(${x})`, needs: [callee] })
const calledWithTwo = (callee: WgslFunction): Primitive => ({
  float: ([x, y]) => `${callee.name}(${x}, ${y})`,
  needs: [callee],
})
const infix = (operator: string, boolean?: string): Primitive => ({
  float: ([x, y]) => `(${x} ${operator} ${y})`,
  ...(boolean === undefined ? {} : { boolean: ([x, y]) => `(${x} ${boolean} ${y})` }),
})

/** WGSL of every scalar primitive but `cast`. Sums and products of bool are those of logic. */
const primitives: Record<Exclude<ScalarOp, 'cast'>, Primitive> = {
  add: infix('+', '||'),
  sub: infix('-', '!='),
  mul: infix('*', '&&'),
  div: calledWithTwo(divide),
  neg: { float: ([x]) => `(-${x})`, boolean: ([x]) => x },
  abs: { float: ([x]) => `abs(${x})`, boolean: ([x]) => x },
  sign: { ...called(signOf), integer: ([x]) => `sign(${x})`, boolean: ([x]) => x },
  pow: calledWithTwo(power),
  maximum: { ...calledWithTwo(maximum), integer: ([x, y]) => `max(${x}, ${y})`, boolean: ([x, y]) => `(${x} || ${y})` },
  minimum: { ...calledWithTwo(minimum), integer: ([x, y]) => `min(${x}, ${y})`, boolean: ([x, y]) => `(${x} && ${y})` },
  floor: { float: ([x]) => `floor(${x})` },
  ceil: { float: ([x]) => `ceil(${x})` },
  round: { float: ([x]) => `round(${x})` },
  sqrt: called(squareRoot),
  exp: called(exponential),
  expm1: called(exponentialMinusOne),
  log: called(logarithm),
  log1p: called(logarithmOfOnePlus),
  sin: called(sine),
  cos: called(cosine),
  atan: called(arcTangent),
  tanh: called(hyperbolicTangent),
  erf: called(errorFunction),
  sigmoid: called(sigmoid),
  equal: infix('=='),
  less: { float: ([x, y]) => `(${x} < ${y})`, boolean: ([x, y]) => `(!${x} && ${y})` },
  lessEqual: { float: ([x, y]) => `(${x} <= ${y})`, boolean: ([x, y]) => `(!${x} || ${y})` },
  logicalAnd: infix('&&'),
  logicalOr: infix('||'),
  logicalNot: { float: ([x]) => `(!${x})` },
  where: { float: ([condition, x, y]) => `select(${y}, ${x}, ${condition})` },
}

/** Built-ins that may not give NaN for NaN. */
const withNan: ReadonlySet<ScalarOp> = new Set(['floor', 'ceil', 'round'])

/** A number that float16 can round: WGSL refuses constants beyond its greatest number, 65504. */
const withinHalf = (value: number): number =>
  Math.abs(value) < 65504 || Number.isNaN(value)
    ? value
    : Math.sign(value) * (Math.abs(value) < 65520 ? 65504 : Infinity)

/** Primitives that WGSL computes in float16 with one rounding. */
const halfArithmetic: ReadonlySet<ScalarOp> = new Set(['add', 'sub', 'mul'])

/** Primitives whose result is a float16 where their operands are. */
const exactInHalf: ReadonlySet<ScalarOp> = new Set([
  'neg',
  'abs',
  'sign',
  'maximum',
  'minimum',
  'floor',
  'ceil',
  'round',
  'where',
])

/** A float32 with the value of its nearest float16. */
const roundedToHalf = (text: string): string => `f32(f16(${text}))`

/**
 * A literal of a dtype. Infinities, NaN and negative zero go through their bits, as WGSL has no constants for them.
 *
 * @param value - the number, rounded to the dtype
 * @param dtype - its dtype
 * @param use - takes a function that the text calls
 * @returns WGSL
 */
export const literal = (value: number, dtype: DType, use: (needed: WgslFunction) => void): string => {
  if (dtype === 'bool') return value !== 0 ? 'true' : 'false'
  if (dtype === 'int32') {
    const whole = Number.isNaN(value) ? 0 : Math.trunc(Math.max(-2147483648, Math.min(2147483647, value)))
    return whole === -2147483648 ? 'bitcast<i32>(0x80000000u)' : whole < 0 ? `(${String(whole)}i)` : `${String(whole)}i`
  }
  const single = Math.fround(value)
  const rounded = dtype === 'float16' ? withinHalf(single) : single
  if (!Number.isFinite(rounded) || Object.is(rounded, -0)) {
    use(fromBits)
    const bits = Number.isNaN(rounded) ? 0x7fc00000 : (new Uint32Array(Float32Array.of(rounded).buffer)[0] ?? 0)
    return `from_bits(0x${bits.toString(16).padStart(8, '0')}u)`
  }
  const text = Number.isInteger(rounded) && Math.abs(rounded) < 1e9 ? rounded.toFixed(1) : `${String(rounded)}f`
  return rounded < 0 ? `(${text})` : text
}

const castCode = (x: string, from: DType, to: DType, use: (needed: WgslFunction) => void): string => {
  const source = valueType(from)
  const target = valueType(to)
  if (to === 'float16' && from !== 'float16') return `f32(f16(${source === 'f32' ? x : `f32(${x})`}))`
  if (source === target) return x
  if (source === 'f32' && target === 'i32') {
    use(toInteger)
    return `to_integer(${x})`
  }
  // By bits, as a comparison may take a denormal for 0.
  if (source === 'f32' && target === 'bool') return `((bitcast<u32>(${x}) & 0x7fffffffu) != 0u)`
  if (source === 'i32' && target === 'bool') return `(${x} != 0i)`
  return `${target}(${x})`
}

const uses = (roots: readonly Expression[]): Map<Expression, number> => {
  const counts = new Map<Expression, number>()
  const visit = (node: Expression): void => {
    const count = counts.get(node) ?? 0
    counts.set(node, count + 1)
    if (count === 0 && node.kind === 'scalar') node.arguments.forEach(visit)
  }
  roots.forEach(visit)
  return counts
}

/** x^c by products and roots for the exponents that people write. */
const powerByConstant = (x: string, exponent: Expression): string | undefined => {
  if (exponent.kind !== 'constant') return undefined
  switch (exponent.value) {
    case 1:
      return x
    case 2:
      return `(${x} * ${x})`
    case 3:
      return `(${x} * ${x} * ${x})`
    case -1:
      return `divide(1.0, ${x})`
    default:
      return undefined
  }
}

const isName = (text: string): boolean => /^[a-z_]\w*(\.\w+)?$/i.test(text)

/**
 * WGSL of an expression DAG: shared nodes get a name, the others stand where they are used.
 *
 * @param roots - expressions of one element
 * @param leaves - where inputs, cells, coordinates and stages come from
 * @param use - takes each function that the text calls
 * @param prefix - start of the names it declares
 * @returns statements, and one expression a root
 */
export const expressionCode = (
  roots: readonly Expression[],
  leaves: ExpressionLeaves,
  use: (needed: WgslFunction) => void,
  prefix = 'v',
): ExpressionCode => {
  const counts = uses(roots)
  const done = new Map<Expression, string>()
  const lines: string[] = []

  const named = (text: string): string => {
    if (isName(text)) return text
    const name = `${prefix}${String(lines.length)}`
    lines.push(`let ${name} = ${text};`)
    return name
  }

  /** Registers hold float16 as float32; each primitive computes in float16, or rounds to it once. */
  const halfText = (node: Extract<Expression, { kind: 'scalar' }>): string => {
    const [x = '', y = ''] = node.arguments.map(textOf)
    if (halfArithmetic.has(node.op)) return `f32(${primitives[node.op as 'add'].float([`f16(${x})`, `f16(${y})`, ''])})`
    const text = scalarText(node)
    return exactInHalf.has(node.op) ? text : roundedToHalf(text)
  }

  const scalarText = (node: Extract<Expression, { kind: 'scalar' }>): string => {
    const texts = node.arguments.map(textOf)
    const [x = '', y = '', z = ''] = texts
    const [first, second] = node.arguments
    const operandType = node.op === 'where' ? node.dtype : (first?.dtype ?? node.dtype)
    if (node.op === 'cast') return castCode(x, operandType, node.dtype, use)
    if (node.op === 'pow' && second?.kind === 'constant') {
      const base = named(x)
      const short = powerByConstant(base, second)
      if (short?.startsWith('divide') === true) use(divide)
      if (short !== undefined) return short
      use(power)
      return `pow_of(${base}, ${y})`
    }
    const primitive = primitives[node.op]
    const type = valueType(operandType)
    if (type === 'i32' && primitive.integer) return primitive.integer([x, y, z])
    if (type === 'bool' && primitive.boolean) return primitive.boolean([x, y, z])
    primitive.needs?.forEach(use)
    if (type === 'f32' && withNan.has(node.op)) {
      use(isNan)
      const value = named(x)
      return `select(${primitive.float([value, y, z])}, ${value}, is_nan(${value}))`
    }
    return primitive.float([x, y, z])
  }

  const half = (text: string, { dtype }: Expression): string => (dtype === 'float16' ? roundedToHalf(text) : text)

  const leafText = (node: Exclude<Expression, { kind: 'scalar' }>): string => {
    switch (node.kind) {
      case 'input':
        return leaves.input(node.input)
      case 'cell':
        return half(leaves.cell(node.cell, node.dtype), node)
      case 'constant':
        return literal(node.value, node.dtype, use)
      case 'index':
        return leaves.index(node.axis)
      case 'count':
        return half(leaves.count(node.dtype), node)
      case 'stage':
        return half(leaves.stage(node.stage), node)
    }
  }

  const textOf = (node: Expression): string => {
    const known = done.get(node)
    if (known !== undefined) return known
    const text =
      node.kind !== 'scalar'
        ? leafText(node)
        : node.dtype === 'float16' && node.op !== 'cast'
          ? halfText(node)
          : scalarText(node)
    const isShared = node.kind === 'scalar' && ((counts.get(node) ?? 0) > 1 || text.length > longText)
    const result = isShared ? named(text) : text
    done.set(node, result)
    return result
  }

  return { lines, results: roots.map(textOf) }
}
