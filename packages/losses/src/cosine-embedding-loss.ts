import {
  add,
  clamp,
  div,
  equal,
  mul,
  type OptionNames,
  requireOptions,
  sameShape,
  ShapeError,
  showShape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from '@chainrule/tensor'
import { requireFloating, requireSameShape } from './operands.js'
import { type LossOptions, reduce, requireReduction } from './reduction.js'

/** Options of `cosineEmbeddingLoss`. */
export interface CosineEmbeddingLossOptions extends LossOptions {
  /** Cosine from which on unlike pairs cost something, −1 … 1. Default 0. */
  readonly margin?: number
}

/** PyTorch's guard against vectors of length 0. */
const eps = 1e-12

/** x₁ · x₂ / (‖x₁‖ ‖x₂‖) along the last axis. */
const cosines = (input1: Tensor, input2: Tensor): Tensor => {
  const lengths = mul(add(sum(square(input1), -1), eps), add(sum(square(input2), -1), eps))
  return div(sum(mul(input1, input2), -1), sqrt(lengths))
}

const optionNames: OptionNames<CosineEmbeddingLossOptions> = { margin: 'place', reduction: 'place' }

/**
 * Draws like pairs together and pushes unlike ones apart by their cosine: 1 − cos where the target is 1, max(0, cos − margin)
 * where it is −1.
 *
 * @param input1 - vectors [N, D] or [D]
 * @param input2 - of the same shape
 * @param target - 1 for like and −1 for unlike pairs, [N] or a scalar
 * @param options - `margin` (default 0), `reduction` (default `'mean'`)
 * @returns a scalar, or with `'none'` a tensor of the shape of the target
 * @throws ShapeError when the shapes do not fit; DTypeError unless the inputs are floating
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.cosine_embedding_loss.html
 *
 * @example
 * ```ts
 * import { cosineEmbeddingLoss } from '@chainrule/losses'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(cosineEmbeddingLoss(tensor([[1, 0]]), tensor([[0, 2]]), tensor([1])))) // tensor(1, float32)
 * ```
 */
export const cosineEmbeddingLoss = (
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: CosineEmbeddingLossOptions = {},
): Tensor => {
  requireOptions('cosineEmbeddingLoss', [options], 3, optionNames)
  const { margin = 0, reduction = 'mean' } = options
  const name = 'cosineEmbeddingLoss'
  requireReduction(name, reduction)
  requireFloating(name, input1)
  requireSameShape(name, input1, input2, 'second input')
  if (input1.rank === 0 || input1.rank > 2 || !sameShape(target.shape, input1.shape.slice(0, -1))) {
    throw new ShapeError(
      `${name}: got inputs of ${showShape(input1.shape)} and a target of ${showShape(target.shape)}, expected [N, D] and [N], ` +
        'or [D] and a scalar.',
    )
  }
  const cosine = cosines(input1, input2)
  const unlike = where(equal(target, -1), clamp(sub(cosine, margin), 0), 0)
  return reduce(where(equal(target, 1), sub(1, cosine), unlike), reduction)
}
