import { isFloating } from '../dtype.js'
import { add, cast, div, like, mul, neg, where } from './builders.js'
import { constant, type Expression, reintern, scalar } from './expression.js'
import { scalarPartials } from './scalar-partials.js'

const isConstant = (x: Expression, value: number): boolean => x.kind === 'constant' && x.value === value

/** adjoint · partial without the multiplications that change nothing. */
const times = (adjoint: Expression, partial: Expression): Expression => {
  if (isConstant(adjoint, 1)) return partial
  if (isConstant(partial, 1)) return adjoint
  if (isConstant(partial, -1)) return neg(adjoint)
  // a · (1 / b) and a · (c / b) as one division, which rounds once.
  if (partial.kind === 'scalar' && partial.op === 'div') {
    const [over, under] = partial.arguments
    if (over !== undefined && under !== undefined && isConstant(over, 1)) return div(adjoint, under)
  }
  return mul(adjoint, partial)
}

/** The nodes of an expression, each after its arguments. */
const nodesOf = (root: Expression): Expression[] => {
  const order: Expression[] = []
  const seen = new Set<Expression>()
  const visit = (node: Expression): void => {
    if (seen.has(node)) return
    seen.add(node)
    if (node.kind === 'scalar') node.arguments.forEach(visit)
    order.push(node)
  }
  visit(root)
  return order
}

/** Adjoints of the arguments of one node from its own. */
const pullBack = (
  node: Extract<Expression, { kind: 'scalar' }>,
  adjoint: Expression,
): readonly (Expression | undefined)[] => {
  const operands = node.arguments
  if (node.op === 'cast') {
    const [x] = operands
    return [x !== undefined && isFloating(x.dtype) ? cast(adjoint, x.dtype) : undefined]
  }
  if (node.op === 'where') {
    const [condition] = operands
    if (condition === undefined) return []
    const zero = like(adjoint, 0)
    return [undefined, where(condition, adjoint, zero), where(condition, zero, adjoint)]
  }
  return scalarPartials[node.op](operands, node).map((partial) => partial && times(adjoint, partial))
}

/**
 * Gradient of an expression with respect to its inputs, by the chain rule in reverse over the DAG: each node is visited
 * once, and the adjoints of a value that is used more than once are summed.
 *
 * @param root - the expression y
 * @param seed - ∂L/∂y as an expression
 * @returns ∂L/∂(input i) by input number; an input without an entry has gradient 0 everywhere
 */
export const differentiate = (root: Expression, seed: Expression): ReadonlyMap<number, Expression> => {
  const adjoints = new Map<Expression, Expression>([[reintern(root), seed]])
  const gradients = new Map<number, Expression>()
  for (const node of nodesOf(reintern(root)).reverse()) {
    const adjoint = adjoints.get(node)
    if (adjoint === undefined) continue
    if (node.kind === 'input') gradients.set(node.input, adjoint)
    if (node.kind !== 'scalar') continue
    pullBack(node, adjoint).forEach((contribution, place) => {
      const operand = node.arguments[place]
      if (contribution === undefined || operand === undefined || !isFloating(operand.dtype)) return
      const known = adjoints.get(operand)
      adjoints.set(operand, known === undefined ? contribution : add(known, contribution))
    })
  }
  return gradients
}

/**
 * Partial derivatives of an expression by input, in the input's dtype; undefined where 0 everywhere.
 *
 * @param root - the expression
 * @param inputs - how many inputs it has
 * @returns one partial an input
 */
export const partialsOf = (root: Expression, inputs: number): readonly (Expression | undefined)[] => {
  const gradients = isFloating(root.dtype)
    ? differentiate(root, constant(1, root.dtype))
    : new Map<number, Expression>()
  return Array.from({ length: inputs }, (_, place) => gradients.get(place))
}

/**
 * The expression with some of its nodes replaced.
 *
 * @param root - the expression
 * @param replace - gives the replacement of a node, or undefined to go on below it
 * @returns the new expression
 */
export const substitute = (root: Expression, replace: (node: Expression) => Expression | undefined): Expression => {
  const done = new Map<Expression, Expression>()
  const walk = (node: Expression): Expression => {
    const known = done.get(node)
    if (known !== undefined) return known
    const made =
      replace(node) ?? (node.kind === 'scalar' ? scalar(node.op, node.dtype, node.arguments.map(walk)) : node)
    done.set(node, made)
    return made
  }
  return walk(root)
}

/**
 * The inputs that an expression uses.
 *
 * @param root - the expression
 * @returns their numbers, ascending
 */
export const inputsOf = (root: Expression): readonly number[] =>
  [...new Set(nodesOf(root).flatMap((node) => (node.kind === 'input' ? [node.input] : [])))].sort((a, b) => a - b)
