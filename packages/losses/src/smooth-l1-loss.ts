import { ArgumentError, type OptionNames, requireOptions, scalarOps, type Tensor } from '@chainrule/tensor'
import { elementwiseLoss } from './elementwise-loss.js'
import { l1Loss } from './l1-loss.js'
import { type LossOptions, reduce, requireReduction } from './reduction.js'

const { abs, div, less, like, mul, sub, where } = scalarOps

/** Options of `smoothL1Loss`. */
export interface SmoothL1LossOptions extends LossOptions {
  /** Where the parabola becomes a line; 0 for `l1Loss`. Default 1. */
  readonly beta?: number
}

const smoothErrors = elementwiseLoss({
  name: 'smoothL1Loss',
  meaning: (input, target, beta) => {
    const error = sub(input, target)
    const half = like(error, 0.5)
    const parabola = div(mul(half, mul(error, error)), beta)
    return where(less(abs(error), beta), parabola, sub(abs(error), mul(half, beta)))
  },
})

const optionNames: OptionNames<SmoothL1LossOptions> = { reduction: 'place', beta: 'place' }

/**
 * Absolute error, rounded off near 0 (Girshick, 2015): with e = input − target, e² / (2β) where |e| < β, else |e| − β/2.
 *
 * @param input - predictions, any shape
 * @param target - of the same shape
 * @param options - `beta` (default 1), `reduction` (default `'mean'`)
 * @returns a scalar, or with `'none'` a tensor of the shape of the input
 * @throws ArgumentError for a negative beta; ShapeError for different shapes; DTypeError unless the input is floating
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.smooth_l1_loss.html
 *
 * @example
 * ```ts
 * import { smoothL1Loss } from '@chainrule/losses'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(smoothL1Loss(tensor([1, 3]), tensor([0, 0]), { reduction: 'none' }))) // tensor([0.5, 2.5], float32)
 * ```
 */
export const smoothL1Loss = (input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor => {
  requireOptions('smoothL1Loss', [options], 2, optionNames)
  const { beta = 1, reduction = 'mean' } = options
  if (!(beta >= 0)) throw new ArgumentError(`smoothL1Loss: got beta ${beta}, expected a number of at least 0.`)
  if (beta === 0) return l1Loss(input, target, { reduction })
  requireReduction('smoothL1Loss', reduction)
  return reduce(smoothErrors(input, target, [beta]), reduction)
}
