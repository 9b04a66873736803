import { ArgumentError, type OptionNames, requireOptions, scalarOps, type Tensor } from '@chainrule/tensor'
import { elementwiseLoss } from './elementwise-loss.js'
import { type LossOptions, reduce, requireReduction } from './reduction.js'

const { abs, lessEqual, like, mul, sub, where } = scalarOps

/** Options of `huberLoss`. */
export interface HuberLossOptions extends LossOptions {
  /** Where the parabola becomes a line. Default 1. */
  readonly delta?: number
}

const huberErrors = elementwiseLoss({
  name: 'huberLoss',
  meaning: (input, target, delta) => {
    const error = sub(input, target)
    const half = like(error, 0.5)
    const line = mul(delta, sub(abs(error), mul(half, delta)))
    return where(lessEqual(abs(error), delta), mul(half, mul(error, error)), line)
  },
})

const optionNames: OptionNames<HuberLossOptions> = { reduction: 'place', delta: 'place' }

/**
 * Squared error that grows as a line beyond δ (Huber, 1964): with e = input − target, e² / 2 where |e| ≤ δ, else δ (|e| − δ/2).
 *
 * @param input - predictions, any shape
 * @param target - of the same shape
 * @param options - `delta` (default 1), `reduction` (default `'mean'`)
 * @returns a scalar, or with `'none'` a tensor of the shape of the input
 * @throws ArgumentError unless delta is positive; ShapeError for different shapes; DTypeError unless the input is floating
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.huber_loss.html
 *
 * @example
 * ```ts
 * import { huberLoss } from '@chainrule/losses'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(huberLoss(tensor([1, 3]), tensor([0, 0]), { delta: 2, reduction: 'none' }))) // tensor([0.5, 4], float32)
 * ```
 */
export const huberLoss = (input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor => {
  requireOptions('huberLoss', [options], 2, optionNames)
  const { delta = 1, reduction = 'mean' } = options
  if (!(delta > 0)) throw new ArgumentError(`huberLoss: got delta ${delta}, expected a number greater than 0.`)
  requireReduction('huberLoss', reduction)
  return reduce(huberErrors(input, target, [delta]), reduction)
}
