import type { DType } from '../dtype.js'
import type { ScalarOp } from '../expression/scalar-ops.js'
import { type Elements, supportedDType } from './elements.js'
import { conversions, scalarFunctions } from './scalar-functions.js'

/** Computes the first `length` elements of a register from others. */
export type ScalarLoop = (length: number) => void

type LoopMaker = (result: Elements, x: Elements, y: Elements, z: Elements) => ScalarLoop

/**
 * The cheap primitives written out, as a call for each element would cost more than the work. The store into the
 * result rounds to float32 or wraps to int32.
 */
const directLoops: Partial<Record<ScalarOp, LoopMaker>> = {
  add: (result, x, y) => (length) => {
    for (let i = 0; i < length; i++) result[i] = (x[i] as number) + (y[i] as number)
  },
  sub: (result, x, y) => (length) => {
    for (let i = 0; i < length; i++) result[i] = (x[i] as number) - (y[i] as number)
  },
  mul: (result, x, y) => (length) => {
    for (let i = 0; i < length; i++) result[i] = (x[i] as number) * (y[i] as number)
  },
  div: (result, x, y) => (length) => {
    for (let i = 0; i < length; i++) result[i] = (x[i] as number) / (y[i] as number)
  },
  neg: (result, x) => (length) => {
    for (let i = 0; i < length; i++) result[i] = -(x[i] as number)
  },
  sqrt: (result, x) => (length) => {
    for (let i = 0; i < length; i++) result[i] = Math.sqrt(x[i] as number)
  },
  exp: (result, x) => (length) => {
    for (let i = 0; i < length; i++) result[i] = Math.exp(x[i] as number)
  },
  maximum: (result, x, y) => (length) => {
    for (let i = 0; i < length; i++) result[i] = Math.max(x[i] as number, y[i] as number)
  },
  minimum: (result, x, y) => (length) => {
    for (let i = 0; i < length; i++) result[i] = Math.min(x[i] as number, y[i] as number)
  },
  equal: (result, x, y) => (length) => {
    for (let i = 0; i < length; i++) result[i] = x[i] === y[i] ? 1 : 0
  },
  less: (result, x, y) => (length) => {
    for (let i = 0; i < length; i++) result[i] = (x[i] as number) < (y[i] as number) ? 1 : 0
  },
  lessEqual: (result, x, y) => (length) => {
    for (let i = 0; i < length; i++) result[i] = (x[i] as number) <= (y[i] as number) ? 1 : 0
  },
  where: (result, condition, x, y) => (length) => {
    for (let i = 0; i < length; i++) result[i] = condition[i] !== 0 ? (x[i] as number) : (y[i] as number)
  },
}

const integerProduct: LoopMaker = (result, x, y) => (length) => {
  for (let i = 0; i < length; i++) result[i] = Math.imul(x[i] as number, y[i] as number)
}

/** Primitives that give 0 or 1 by themselves when their dtype is bool; 1 + 1 and −1 have to be brought back to 1. */
const truths: ReadonlySet<ScalarOp> = new Set([
  'equal',
  'less',
  'lessEqual',
  'logicalAnd',
  'logicalOr',
  'logicalNot',
  'where',
])

/** Calls the function of the primitive for each element, then that of the conversion where there is one. */
const generalLoop =
  (op: ScalarOp, convert: ((value: number) => number) | undefined): LoopMaker =>
  (result, x, y, z) => {
    const compute = scalarFunctions[op]
    if (convert === undefined) {
      return (length) => {
        for (let i = 0; i < length; i++) result[i] = compute(x[i] as number, y[i] as number, z[i] as number)
      }
    }
    return (length) => {
      for (let i = 0; i < length; i++) result[i] = convert(compute(x[i] as number, y[i] as number, z[i] as number))
    }
  }

/**
 * The loop that applies a scalar primitive to registers.
 *
 * @param op - the primitive
 * @param dtype - dtype of the result
 * @param result - register that it fills; may be none of the operands
 * @param operands - registers of the arguments, one to three
 * @returns a function of the number of elements
 */
export const scalarLoop = (op: ScalarOp, dtype: DType, result: Elements, operands: readonly Elements[]): ScalarLoop => {
  const [x = result, y = x, z = x] = operands
  const supported = supportedDType(dtype)
  const needsConversion = op === 'cast' || (supported === 'bool' && !truths.has(op))
  if (needsConversion) return generalLoop(op, conversions[supported])(result, x, y, z)
  if (op === 'mul' && supported === 'int32') return integerProduct(result, x, y, z)
  return (directLoops[op] ?? generalLoop(op, undefined))(result, x, y, z)
}
