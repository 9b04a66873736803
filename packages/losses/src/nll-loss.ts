import {
  div,
  equal,
  gather,
  indexSelect,
  mul,
  neg,
  ones,
  type OptionNames,
  requireOptions,
  requireTensor,
  reshape,
  squeeze,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from '@chainrule/tensor'
import { classAxis, requireClasses, requireWeights } from './class-targets.js'
import { requireFloating } from './operands.js'
import { type LossOptions, type LossReduction, requireReduction } from './reduction.js'

/** Options of `nllLoss`. */
export interface NllLossOptions extends LossOptions {
  /** Factor of each class's losses, [C]; the mean is weighted by them. Default none. */
  readonly weight?: Tensor | undefined
  /** Targets of this number cost nothing and do not count. Default −100. */
  readonly ignoreIndex?: number
}

/** The weight of each target's class, and 0 for those that do not count. */
export const targetWeights = (
  target: Tensor,
  weight: Tensor | undefined,
  ignoreIndex: number,
  like: Tensor,
): { readonly safe: Tensor; readonly weights: Tensor } => {
  const isIgnored = equal(target, ignoreIndex)
  const safe = where(isIgnored, 0, target)
  const each =
    weight === undefined
      ? ones(target.shape, { dtype: like.dtype, device: like.device })
      : reshape(indexSelect(weight, 0, reshape(safe, [-1])), target.shape)
  return { safe, weights: where(isIgnored, 0, each) }
}

/** Σ losses / Σ weights; where nothing counts a constant, 0 / 0, so that its gradient is 0, as PyTorch's. */
const weightedMean = (losses: Tensor, weights: Tensor): Tensor => {
  const [loss, weight] = [sum(losses), sum(weights)]
  const isEmpty = equal(weight, 0)
  return where(isEmpty, div(loss.detach(), weight), div(loss, where(isEmpty, 1, weight)))
}

/** Σ losses / Σ weights, Σ losses, or the losses. */
export const reduceWeighted = (losses: Tensor, weights: Tensor, reduction: LossReduction): Tensor =>
  reduction === 'none' ? losses : reduction === 'sum' ? sum(losses) : weightedMean(losses, weights)

const optionNames: OptionNames<NllLossOptions> = { weight: 'place', ignoreIndex: 'place', reduction: 'place' }

/**
 * Negative log-likelihood: −weight[target] · input[target] for each sample; the mean is weighted.
 *
 * @param input - logarithms of probabilities, [N, C, ...] or [C]
 * @param target - int32 numbers of classes, [N, ...] or a scalar
 * @param options - `weight` [C], `ignoreIndex` (default −100), `reduction` (default `'mean'`)
 * @returns a scalar, or with `'none'` a tensor of the shape of the target; the mean is NaN when no target counts, as PyTorch
 * @throws DTypeError, ShapeError; IndexError on CPU devices when a target is no class
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html
 *
 * @example
 * ```ts
 * import { nllLoss } from '@chainrule/losses'
 * import { tensor } from '@chainrule/tensor'
 * const target = tensor([1, 0], { dtype: 'int32' })
 * console.log(String(nllLoss(tensor([[-3, -1], [-2, -4]]), target))) // tensor(1.5, float32)
 * ```
 */
export const nllLoss = (input: Tensor, target: Tensor, options: NllLossOptions = {}): Tensor => {
  requireOptions('nllLoss', [options], 2, optionNames)
  const { weight, ignoreIndex = -100, reduction = 'mean' } = options
  requireReduction('nllLoss', reduction)
  requireFloating('nllLoss', input)
  requireTensor('nllLoss', target, 'the target')
  requireClasses('nllLoss', input, target, ignoreIndex)
  if (weight !== undefined) requireWeights('nllLoss', input, weight)
  const axis = classAxis(input)
  const { safe, weights } = targetWeights(target, weight, ignoreIndex, input)
  const chosen = squeeze(gather(input, axis, unsqueeze(safe, axis)), axis)
  return reduceWeighted(neg(mul(chosen, weights)), weights, reduction)
}
