import { applyComposite } from '../composite.js'
import { isFloating } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { normalizeAxis, sameShape, showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { crossEntropyComposite } from './composites/cross-entropy.js'
import { keptMeanComposite } from './composites/kept-mean.js'
import { broadcastTo, unsqueeze } from './movement.js'
import { single } from './single.js'

/** Options of `softmaxCrossEntropy`. */
export interface SoftmaxCrossEntropyOptions {
  /** The axis of the classes. Default −1. */
  readonly axis?: number
  /** Targets of this number cost nothing and get no gradient. Default −100. */
  readonly ignoreIndex?: number
}

/**
 * −ln softmax(x)[target] for each row of logits: forward and gradient (ŷ − y) in one kernel each.
 *
 * @param x - logits [..., C, ...], the classes along `axis`
 * @param target - int32 numbers of classes, of the shape of x without that axis
 * @param options - `axis` (default −1), `ignoreIndex` (default −100)
 * @returns losses of the shape of the target; NaN where the target is neither a class nor ignored
 * @throws DTypeError, ShapeError
 *
 * @example
 * ```ts
 * import { softmaxCrossEntropy, tensor } from '@chainrule/tensor'
 * const loss = softmaxCrossEntropy(tensor([[0, 0]]), tensor([1], { dtype: 'int32' }))
 * console.log(loss.toString()) // tensor([0.69315], float32)
 * ```
 */
export const softmaxCrossEntropy = (
  x: Tensor,
  target: Tensor,
  { axis = -1, ignoreIndex = -100 }: SoftmaxCrossEntropyOptions = {},
): Tensor => {
  if (!isFloating(x.dtype) || target.dtype !== 'int32') {
    throw new DTypeError(
      `softmaxCrossEntropy: got logits of ${x.dtype} and targets of ${target.dtype}, expected a floating dtype and int32. ` +
        `Convert with .to(dtype).`,
    )
  }
  const place = normalizeAxis('softmaxCrossEntropy', axis, x.rank)
  const expected = x.shape.filter((_, other) => other !== place)
  if (!sameShape(target.shape, expected)) {
    throw new ShapeError(
      `softmaxCrossEntropy: got logits of ${showShape(x.shape)} and targets of ${showShape(target.shape)}, expected targets of ` +
        `${showShape(expected)}, the shape of the logits without axis ${place}.`,
    )
  }
  const along = broadcastTo(unsqueeze(target, place), x.shape)
  return single(applyComposite(crossEntropyComposite, [x, along], { axis: place, ignoreIndex }))
}

/**
 * Mean of the losses whose target counts, in one kernel.
 *
 * @param losses - a floating tensor
 * @param target - int32, of the same shape
 * @param ignoreIndex - the target of losses that do not count
 * @returns a scalar; NaN when none counts
 *
 * @example
 * ```ts
 * import { keptMean, tensor } from '@chainrule/tensor'
 * const target = tensor([0, -100, 1], { dtype: 'int32' })
 * console.log(keptMean(tensor([1, 50, 3]), target, -100).toString()) // tensor(2, float32)
 * ```
 */
export const keptMean = (losses: Tensor, target: Tensor, ignoreIndex: number): Tensor =>
  single(applyComposite(keptMeanComposite, [losses, target], { ignoreIndex }))
