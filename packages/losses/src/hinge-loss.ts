import { clamp, mul, type OptionNames, requireOptions, sub, type Tensor } from '@chainrule/tensor'
import { requireFloating, requireSameShape } from './operands.js'
import { type LossOptions, reduce, requireReduction } from './reduction.js'

const optionNames: OptionNames<LossOptions> = { reduction: 'place' }

/**
 * Hinge loss of a linear classifier: max(0, 1 − target · input), for targets ±1. On the hinge the gradient is that of its slope,
 * as in PyTorch's relatives of this loss.
 *
 * @param input - scores, any shape
 * @param target - −1 or 1, of the same shape
 * @param options - `reduction` (default `'mean'`)
 * @returns a scalar, or with `'none'` a tensor of the shape of the input
 * @throws ShapeError for different shapes; DTypeError unless the input is floating
 * @see https://en.wikipedia.org/wiki/Hinge_loss
 *
 * @example
 * ```ts
 * import { hingeLoss } from '@chainrule/losses'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(hingeLoss(tensor([2, 0.5]), tensor([1, -1]), { reduction: 'none' }))) // tensor([0, 1.5], float32)
 * ```
 */
export const hingeLoss = (input: Tensor, target: Tensor, options: LossOptions = {}): Tensor => {
  requireOptions('hingeLoss', [options], 2, optionNames)
  const { reduction = 'mean' } = options
  requireReduction('hingeLoss', reduction)
  requireFloating('hingeLoss', input)
  requireSameShape('hingeLoss', input, target)
  return reduce(clamp(sub(1, mul(input, target)), 0), reduction)
}
