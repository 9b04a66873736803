import { type OptionNames, requireOptions, scalarOps, type Tensor } from '@chainrule/tensor'
import { elementwiseLoss } from './elementwise-loss.js'
import { type LossOptions, reduce, requireReduction } from './reduction.js'

const { mul, sub } = scalarOps

const squaredErrors = elementwiseLoss({
  name: 'mseLoss',
  meaning: (input, target) => mul(sub(input, target), sub(input, target)),
})

const optionNames: OptionNames<LossOptions> = { reduction: 'place' }

/**
 * Mean squared error: (input − target)².
 *
 * @param input - predictions, any shape
 * @param target - of the same shape
 * @param options - `reduction` (default `'mean'`)
 * @returns a scalar, or with `'none'` a tensor of the shape of the input
 * @throws ShapeError for different shapes; DTypeError unless the input is floating
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html
 *
 * @example
 * ```ts
 * import { mseLoss } from '@chainrule/losses'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(mseLoss(tensor([1, 2]), tensor([1, 4])))) // tensor(2, float32)
 * ```
 */
export const mseLoss = (input: Tensor, target: Tensor, options: LossOptions = {}): Tensor => {
  requireOptions('mseLoss', [options], 2, optionNames)
  const { reduction = 'mean' } = options
  requireReduction('mseLoss', reduction)
  return reduce(squaredErrors(input, target), reduction)
}
