import type { DType, Expression } from '@chainrule/tensor'

/** What expressions read from outside. */
export interface Leaves {
  /** Every dtype that occurs. */
  readonly dtypes: ReadonlySet<DType>
  /** Axes whose coordinate is used, ascending. */
  readonly axes: readonly number[]
  /** How many cell slots there are: one more than the highest used. */
  readonly cells: number
  /** Positions of the operands that are used, ascending. */
  readonly inputs: readonly number[]
}

/**
 * Collects the leaves of expressions.
 *
 * @param expressions - the expressions
 * @returns what they read
 */
export const leavesOf = (expressions: Iterable<Expression>): Leaves => {
  const seen = new Set<Expression>()
  const dtypes = new Set<DType>()
  const axes = new Set<number>()
  const inputs = new Set<number>()
  let cells = 0
  const visit = (expression: Expression): void => {
    if (seen.has(expression)) return
    seen.add(expression)
    dtypes.add(expression.dtype)
    switch (expression.kind) {
      case 'scalar':
        expression.arguments.forEach(visit)
        break
      case 'index':
        axes.add(expression.axis)
        break
      case 'cell':
        cells = Math.max(cells, expression.cell + 1)
        break
      case 'input':
        inputs.add(expression.input)
        break
      case 'constant':
      case 'count':
      case 'stage':
        break
    }
  }
  for (const expression of expressions) visit(expression)
  const ascending = (values: Iterable<number>): number[] => [...values].sort((left, right) => left - right)
  return { dtypes, axes: ascending(axes), cells, inputs: ascending(inputs) }
}
