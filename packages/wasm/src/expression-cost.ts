import type { Expression, ScalarOp } from '@chainrule/tensor'

/** Vector instructions that a primitive takes, roughly; those not listed take one. */
const costs: Partial<Record<ScalarOp, number>> = {
  div: 4,
  sqrt: 4,
  maximum: 5,
  minimum: 5,
  sign: 5,
  exp: 24,
  expm1: 32,
  log: 28,
  log1p: 32,
  sin: 50,
  cos: 50,
  atan: 34,
  tanh: 34,
  erf: 44,
  sigmoid: 32,
  pow: 200,
}

/**
 * About how many instructions expressions take, each node counted once.
 *
 * @param expressions - the expressions
 * @returns the number; operands that are read count as one each
 */
export const expressionCost = (expressions: Iterable<Expression>): number => {
  const seen = new Set<Expression>()
  let cost = 0
  const visit = (expression: Expression): void => {
    if (seen.has(expression)) return
    seen.add(expression)
    if (expression.kind !== 'scalar') {
      cost += expression.kind === 'constant' ? 0 : 1
      return
    }
    cost += (costs[expression.op] ?? 1) * (expression.dtype === 'float64' ? 2 : 1)
    expression.arguments.forEach(visit)
  }
  for (const expression of expressions) visit(expression)
  return cost
}
