import type { DType } from '../dtype.js'
import type { ScalarOp } from './scalar-ops.js'

/**
 * What one element of an output is, as plain data: a node of a hash-consed DAG, so equal expressions are the same
 * object. Every node carries its dtype: conversions are explicit (`cast`), and devices promote nothing themselves.
 *
 * - `input`: the element of the kernel's operand `input` at this place of the index space
 * - `cell`: the number that the host passes in slot `cell` at each run
 * - `constant`: a number fixed in the kernel
 * - `index`: the coordinate of this place along `axis` of the index space (int32)
 * - `count`: how many elements one row of a row kernel reduces
 * - `stage`: in a row kernel the result of stage `stage` for this row; in an epilogue, stage 0 is the contraction
 * - `scalar`: a scalar primitive of its arguments
 */
export type Expression =
  | { readonly kind: 'input'; readonly dtype: DType; readonly input: number }
  | { readonly kind: 'cell'; readonly dtype: DType; readonly cell: number }
  | { readonly kind: 'constant'; readonly dtype: DType; readonly value: number }
  | { readonly kind: 'index'; readonly dtype: DType; readonly axis: number }
  | { readonly kind: 'count'; readonly dtype: DType }
  | { readonly kind: 'stage'; readonly dtype: DType; readonly stage: number }
  | {
      readonly kind: 'scalar'
      readonly dtype: DType
      readonly op: ScalarOp
      readonly arguments: readonly Expression[]
    }

const interned = new Map<string, Expression>()
const identities = new WeakMap<Expression, number>()
let nextIdentity = 0

const intern = (key: string, make: () => Expression): Expression => {
  const known = interned.get(key)
  if (known !== undefined) return known
  const made = Object.freeze(make())
  interned.set(key, made)
  identities.set(made, nextIdentity++)
  return made
}

/**
 * A number that stands for an expression in this process: equal expressions have equal identities.
 *
 * @param expression - an interned expression
 * @returns its identity
 */
export const identityOf = (expression: Expression): number => {
  const identity = identities.get(expression)
  return identity ?? identityOf(reintern(expression))
}

/** Twins of expressions that are not interned themselves, so that shared parts are visited once. */
const twins = new WeakMap<Expression, Expression>()

/**
 * The interned twin of an expression that came from elsewhere (a worker, a file).
 *
 * @param expression - plain data of an expression
 * @returns the same expression as this process interns it
 */
export const reintern = (expression: Expression): Expression => {
  if (identities.has(expression)) return expression
  const known = twins.get(expression)
  if (known !== undefined) return known
  const twin = twinOf(expression)
  twins.set(expression, twin)
  return twin
}

const twinOf = (expression: Expression): Expression => {
  switch (expression.kind) {
    case 'input':
      return input(expression.input, expression.dtype)
    case 'cell':
      return cellSlot(expression.cell, expression.dtype)
    case 'constant':
      return constant(expression.value, expression.dtype)
    case 'index':
      return index(expression.axis)
    case 'count':
      return count(expression.dtype)
    case 'stage':
      return stage(expression.stage, expression.dtype)
    case 'scalar':
      return scalar(expression.op, expression.dtype, expression.arguments.map(reintern))
  }
}

/**
 * The element of operand `position`.
 *
 * @param position - which operand
 * @param dtype - its dtype
 * @returns the expression
 */
export const input = (position: number, dtype: DType): Expression =>
  intern(`i${position}:${dtype}`, () => ({ kind: 'input', dtype, input: position }))

/**
 * The number in cell slot `slot`.
 *
 * @param slot - which slot of the cells passed to the run
 * @param dtype - the dtype that it is converted to
 * @returns the expression
 */
export const cellSlot = (slot: number, dtype: DType): Expression =>
  intern(`c${slot}:${dtype}`, () => ({ kind: 'cell', dtype, cell: slot }))

/**
 * A number fixed in the kernel.
 *
 * @param value - the number; it is rounded to the dtype when used
 * @param dtype - its dtype
 * @returns the expression
 */
export const constant = (value: number, dtype: DType): Expression =>
  intern(`k${Object.is(value, -0) ? '-0' : String(value)}:${dtype}`, () => ({ kind: 'constant', dtype, value }))

/**
 * The coordinate along an axis of the index space.
 *
 * @param axis - which axis
 * @returns the expression, of dtype int32
 */
export const index = (axis: number): Expression => intern(`x${axis}`, () => ({ kind: 'index', dtype: 'int32', axis }))

/**
 * The number of elements that a row reduces.
 *
 * @param dtype - the dtype of the number
 * @returns the expression
 */
export const count = (dtype: DType): Expression => intern(`n:${dtype}`, () => ({ kind: 'count', dtype }))

/**
 * The result of a stage of a row kernel, or of the contraction in an epilogue (stage 0).
 *
 * @param position - which stage
 * @param dtype - its dtype
 * @returns the expression
 */
export const stage = (position: number, dtype: DType): Expression =>
  intern(`s${position}:${dtype}`, () => ({ kind: 'stage', dtype, stage: position }))

/**
 * A scalar primitive of its arguments. The typed builders in `scalar-ops.ts` check dtypes; this one does not.
 *
 * @param op - the primitive
 * @param dtype - dtype of the result
 * @param operands - its arguments
 * @returns the expression
 */
export const scalar = (op: ScalarOp, dtype: DType, operands: readonly Expression[]): Expression =>
  intern(`${op}:${dtype}(${operands.map(identityOf).join()})`, () => ({
    kind: 'scalar',
    dtype,
    op,
    arguments: Object.freeze([...operands]),
  }))
