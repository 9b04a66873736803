import { defineElementwise, type ElementwiseDefinition, type Tensor } from '@chainrule/tensor'
import { requireFloating, requireSameShape } from './operands.js'

/**
 * Makes a loss that compares element by element, in one kernel.
 *
 * @param definition - formula of input, target and cells
 * @returns a function that checks its operands and gives the losses
 */
export const elementwiseLoss = (
  definition: ElementwiseDefinition,
): ((input: Tensor, target: Tensor, cells?: readonly number[]) => Tensor) => {
  const compute = defineElementwise(definition)
  return (input, target, cells) => {
    requireFloating(definition.name, input)
    requireSameShape(definition.name, input, target)
    return compute([input, target], cells)
  }
}
