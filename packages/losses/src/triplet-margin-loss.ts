import {
  add,
  ArgumentError,
  clamp,
  minimum,
  norm,
  type OptionNames,
  requireOptions,
  sub,
  type Tensor,
} from '@chainrule/tensor'
import { requireFloating, requireSameShape } from './operands.js'
import { type LossOptions, reduce, requireReduction } from './reduction.js'

/** Options of `tripletMarginLoss`. */
export interface TripletMarginLossOptions extends LossOptions {
  /** By how much farther the negative should be. Default 1. */
  readonly margin?: number
  /** Which norm measures distance. Default 2. */
  readonly p?: number
  /** Added to each difference. Default 1e-6. */
  readonly eps?: number
  /** Whether to take the distance of positive and negative where it is smaller. Default false. */
  readonly swap?: boolean
}

const optionNames: OptionNames<TripletMarginLossOptions> = {
  margin: 'place',
  p: 'place',
  eps: 'place',
  swap: 'place',
  reduction: 'place',
}

/**
 * Puts an anchor nearer to a positive than to a negative: max(0, d(anchor, positive) − d(anchor, negative) + margin), with
 * d(x, y) = ‖x − y + eps‖ₚ along the last axis (Balntas et al., 2016).
 *
 * @param anchor - vectors [N, D] or [D]
 * @param positive - of the same shape
 * @param negative - of the same shape
 * @param options - `margin` (default 1), `p` (2), `eps` (1e-6), `swap` (false), `reduction` (`'mean'`)
 * @returns a scalar, or with `'none'` a tensor [N]
 * @throws ArgumentError unless the margin is positive; ShapeError for different shapes; DTypeError unless the anchor is floating
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_loss.html
 *
 * @example
 * ```ts
 * import { tripletMarginLoss } from '@chainrule/losses'
 * import { tensor } from '@chainrule/tensor'
 * const loss = tripletMarginLoss(tensor([[0, 0]]), tensor([[0, 3]]), tensor([[4, 0]]), { eps: 0, margin: 2 })
 * console.log(String(loss)) // tensor(1, float32)
 * ```
 */
export const tripletMarginLoss = (
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginLossOptions = {},
): Tensor => {
  requireOptions('tripletMarginLoss', [options], 3, optionNames)
  const { margin = 1, p = 2, eps = 1e-6, swap = false, reduction = 'mean' } = options
  const name = 'tripletMarginLoss'
  requireReduction(name, reduction)
  if (!(margin > 0)) throw new ArgumentError(`${name}: got margin ${margin}, expected a number greater than 0.`)
  requireFloating(name, anchor)
  requireSameShape(name, anchor, positive, 'positive')
  requireSameShape(name, anchor, negative, 'negative')
  const distance = (x: Tensor, y: Tensor): Tensor => norm(add(sub(x, y), eps), { p, axis: -1 })
  const away = distance(anchor, negative)
  const far = swap ? minimum(away, distance(positive, negative)) : away
  return reduce(clamp(add(sub(distance(anchor, positive), far), margin), 0), reduction)
}
