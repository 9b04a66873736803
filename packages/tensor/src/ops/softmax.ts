import { applyComposite } from '../composite.js'
import { isScalarAxis, normalizeAxis } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { logSoftmaxComposite, softmaxComposite } from './composites/softmax.js'
import { requireFloat } from './require-float.js'
import { single } from './single.js'
import { reshape } from './movement.js'

const along = (name: 'softmax' | 'logSoftmax', x: Tensor, axis: number): Tensor => {
  requireFloat(name, x)
  if (isScalarAxis(axis, x.rank)) return reshape(along(name, reshape(x, [1]), 0), [])
  if (x.size === 0) {
    normalizeAxis(name, axis, x.rank)
    return x
  }
  const composite = name === 'softmax' ? softmaxComposite : logSoftmaxComposite
  return single(applyComposite(composite, [x], { axis: normalizeAxis(name, axis, x.rank) }))
}

/**
 * eˣ / Σ eˣ along an axis, shifted by the maximum so that nothing overflows.
 *
 * @param x - a floating tensor
 * @param axis - the axis whose elements will sum to 1
 * @returns probabilities of the same shape
 * @throws ShapeError when the axis is out of range
 *
 * @example
 * ```ts
 * import { softmax, tensor } from '@chainrule/tensor'
 * console.log(softmax(tensor([1, 1]), 0).toString()) // tensor([0.5, 0.5], float32)
 * ```
 */
export const softmax = (x: Tensor, axis: number): Tensor => along('softmax', x, axis)

/**
 * x − ln Σ eˣ along an axis, shifted by the maximum so that nothing overflows.
 *
 * @param x - a floating tensor
 * @param axis - the axis
 * @returns logarithms of probabilities, of the same shape
 * @throws ShapeError when the axis is out of range
 *
 * @example
 * ```ts
 * import { logSoftmax, tensor } from '@chainrule/tensor'
 * console.log(logSoftmax(tensor([0, 0]), 0).toString()) // tensor([-0.69315, -0.69315], float32)
 * ```
 */
export const logSoftmax = (x: Tensor, axis: number): Tensor => along('logSoftmax', x, axis)
