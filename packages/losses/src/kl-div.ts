import { div, type OptionNames, requireOptions, scalarOps, sum, type Tensor } from '@chainrule/tensor'
import { elementwiseLoss } from './elementwise-loss.js'
import { type LossReduction, reduce, requireReduction } from './reduction.js'

const { add, exp, less, like, log, mul, neg, sub, where } = scalarOps

/** Options of `klDiv`. */
export interface KlDivOptions {
  /** `'mean'` (default; over all elements), `'batchmean'` (the divergence itself: the sum over the batch size), `'sum'` or `'none'`. */
  readonly reduction?: LossReduction | 'batchmean'
  /** Whether the target too is given as logarithms. Default false. */
  readonly logTarget?: boolean
}

const divergences = elementwiseLoss({
  name: 'klDiv',
  // 0 ln 0 = 0: a class without probability costs nothing.
  meaning: (input, target) =>
    where(less(like(target, 0), target), mul(target, sub(log(target), input)), like(target, 0)),
  // The chain rule would multiply the 0 of the other branch with the infinite slope of ln 0.
  partials: (input, target) => {
    const isPositive = less(like(target, 0), target)
    return [neg(target), where(isPositive, add(sub(log(target), input), like(target, 1)), like(target, 0))]
  },
})

const divergencesOfLogarithms = elementwiseLoss({
  name: 'klDiv',
  meaning: (input, target) => mul(exp(target), sub(target, input)),
})

const optionNames: OptionNames<KlDivOptions> = { reduction: 'place', logTarget: 'place' }

/**
 * Kullback–Leibler divergence of a distribution given by logarithms from a target distribution: t (ln t − input).
 *
 * @param input - logarithms of probabilities [N, ...]
 * @param target - probabilities of the same shape, or with `logTarget` their logarithms
 * @param options - `reduction` (default `'mean'`, as PyTorch; `'batchmean'` is the divergence by its definition), `logTarget`
 * @returns a scalar, or with `'none'` a tensor of the shape of the input
 * @throws ShapeError for different shapes; DTypeError unless the input is floating
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.kl_div.html
 *
 * @example
 * ```ts
 * import { klDiv } from '@chainrule/losses'
 * import { logSoftmax, tensor } from '@chainrule/tensor'
 * const logarithms = logSoftmax(tensor([[0, 0]]), 1)
 * console.log(String(klDiv(logarithms, tensor([[1, 0]]), { reduction: 'batchmean' }))) // tensor(0.69315, float32)
 * ```
 */
export const klDiv = (input: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor => {
  requireOptions('klDiv', [options], 2, optionNames)
  const { reduction = 'mean', logTarget = false } = options
  requireReduction('klDiv', reduction, ['mean', 'batchmean', 'sum', 'none'])
  const losses = (logTarget ? divergencesOfLogarithms : divergences)(input, target)
  return reduction === 'batchmean' ? div(sum(losses), input.shape[0] ?? 1) : reduce(losses, reduction)
}
