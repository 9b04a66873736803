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

/** The parts of an expression that are better computed once. */
export const heavyNodes = (root: Expression): ReadonlySet<Expression> => {
  const seen = new Set<Expression>()
  const found = new Set<Expression>()
  const walk = (node: Expression): void => {
    if (node.kind !== 'scalar' || seen.has(node)) return
    seen.add(node)
    if (heavy.has(node.op)) found.add(node)
    node.arguments.forEach(walk)
  }
  walk(root)
  return found
}

/** Whether an expression has a primitive that is better computed once. */
export const isHeavy = (root: Expression): boolean => heavyNodes(root).size > 0

/** Whether an expression needs no operand at all: a constant fill, a sequence. */
export const isGenerated = (root: Expression): boolean => inputsOf(root).length === 0
