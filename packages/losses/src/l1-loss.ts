import { type OptionNames, requireOptions, scalarOps, type Tensor } from '@chainrule/tensor'
import { elementwiseLoss } from './elementwise-loss.js'
import { type LossOptions, reduce, requireReduction } from './reduction.js'

const { abs, sub } = scalarOps

const absoluteErrors = elementwiseLoss({ name: 'l1Loss', meaning: (input, target) => abs(sub(input, target)) })

const optionNames: OptionNames<LossOptions> = { reduction: 'place' }

/**
 * Absolute error: |input − target|; its derivative at 0 is 0.
 *
 * @param input - predictions, any shape
 * @param target - of the same shape
 * @param options - `reduction` (default `'mean'`)
 * @returns a scalar, or with `'none'` a tensor of the shape of the input
 * @throws ShapeError for different shapes; DTypeError unless the input is floating
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.l1_loss.html
 *
 * @example
 * ```ts
 * import { l1Loss } from '@chainrule/losses'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(l1Loss(tensor([1, 2]), tensor([1, 4])))) // tensor(1, float32)
 * ```
 */
export const l1Loss = (input: Tensor, target: Tensor, options: LossOptions = {}): Tensor => {
  requireOptions('l1Loss', [options], 2, optionNames)
  const { reduction = 'mean' } = options
  requireReduction('l1Loss', reduction)
  return reduce(absoluteErrors(input, target), reduction)
}
