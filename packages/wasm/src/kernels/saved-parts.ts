import type { Expression } from '@chainrule/tensor'
import { expressionCost } from '../expression-cost.js'
import type { RowLayout } from './row-layout.js'

/** A part is worth saving where computing it again costs more instructions than this. */
const worthSaving = 16

/**
 * Parts of expressions that are costly and that more than one pass over a row uses, such as the exponentials of a softmax:
 * the first pass saves them, later ones read them back.
 *
 * @param layout - stages and outputs
 * @param isOfElement - whether an expression changes with the element
 * @returns the largest such parts
 */
export const savedParts = (
  { stages, structure, elementOutputs }: RowLayout,
  isOfElement: (expression: Expression) => boolean,
): readonly Expression[] => {
  const passes = [
    ...stages.map(({ expression }) => [expression]),
    elementOutputs.flatMap((at) => structure.outputs[at]?.expression ?? []),
  ]
  const uses = new Map<Expression, number>()
  for (const roots of passes) {
    const seen = new Set<Expression>()
    const visit = (expression: Expression): void => {
      if (seen.has(expression) || expression.kind !== 'scalar') return
      seen.add(expression)
      uses.set(expression, (uses.get(expression) ?? 0) + 1)
      expression.arguments.forEach(visit)
    }
    roots.forEach(visit)
  }
  const found = new Set<Expression>()
  const visit = (expression: Expression): void => {
    if (expression.kind !== 'scalar' || !isOfElement(expression)) return
    const isShared = (uses.get(expression) ?? 0) > 1
    if (isShared && expression.dtype !== 'bool' && expressionCost([expression]) > worthSaving) {
      found.add(expression)
      return
    }
    expression.arguments.forEach(visit)
  }
  passes.flat().forEach(visit)
  return [...found]
}
