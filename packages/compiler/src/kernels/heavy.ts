import { type Expression, inputsOf, type ScalarOp } from '@chainrule/tensor'

/** Primitives that cost more than reading their operand back from memory would. */
const heavy: ReadonlySet<ScalarOp> = new Set([
  'exp',
  'expm1',
  'log',
  'log1p',
  'sin',
  'cos',
  'atan',
  'tanh',
  'erf',
  'sigmoid',
  'pow',
])

/** Whether an expression has a primitive that is better computed once. */
export const isHeavy = (root: Expression): boolean =>
  root.kind === 'scalar' && (heavy.has(root.op) || root.arguments.some(isHeavy))

/** Whether an expression needs no operand at all: a constant fill, a sequence. */
export const isGenerated = (root: Expression): boolean => inputsOf(root).length === 0
