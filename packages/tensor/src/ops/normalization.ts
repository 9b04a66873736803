import type { Cell } from '../cell.js'
import { applyComposite } from '../composite.js'
import { ShapeError } from '../errors.js'
import { normalizeAxes, sameShape, showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { normalizeComposite } from './composites/layer-norm.js'
import { rmsNormalizeComposite } from './composites/rms-normalize.js'
import type { Axes } from './reduction.js'
import { scaleAndShift } from './scale-and-shift.js'
import { requireFloat } from './require-float.js'
import { single } from './single.js'

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** Scale of the normalized shape. */
  readonly weight?: Tensor | undefined
  /** Shift of the normalized shape. */
  readonly bias?: Tensor | undefined
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number
}

/**
 * (x − mean) / √(variance + eps) over axes, with the biased variance: what layer, group and batch norm share.
 *
 * @param x - a floating tensor
 * @param axis - axis or axes that are normalized together
 * @param eps - added to the variance. Default 1e-5
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { normalize, tensor } from '@chainrule/tensor'
 * console.log(normalize(tensor([-1, 1]), 0, 0).toString()) // tensor([-1, 1], float32)
 * ```
 */
export const normalize = (x: Tensor, axis: Axes, eps: number | Cell = 1e-5): Tensor => {
  requireFloat('normalize', x)
  const axes = normalizeAxes('normalize', axis, x.rank)
  return x.size === 0 ? x : single(applyComposite(normalizeComposite, [x], { axes, eps }))
}

/**
 * x / √(mean x² + eps) over axes: what RMS norm does before it scales (Zhang & Sennrich, 2019).
 *
 * @param x - a floating tensor
 * @param axis - axis or axes that are normalized together
 * @param eps - added to the mean square. Default 1e-5
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { rmsNormalize, tensor } from '@chainrule/tensor'
 * console.log(rmsNormalize(tensor([3, -3]), 0, 0).toString()) // tensor([1, -1], float32)
 * ```
 */
export const rmsNormalize = (x: Tensor, axis: Axes, eps: number | Cell = 1e-5): Tensor => {
  requireFloat('rmsNormalize', x)
  const axes = normalizeAxes('rmsNormalize', axis, x.rank)
  return x.size === 0 ? x : single(applyComposite(rmsNormalizeComposite, [x], { axes, eps }))
}

/**
 * Layer normalization over the last axes (Ba et al., 2016): (x − mean) / √(variance + eps) · weight + bias.
 *
 * @param x - [..., ...normalizedShape]
 * @param normalizedShape - the sizes of the last axes, which are normalized together
 * @param options - `weight`, `bias` of the normalized shape; `eps` (default 1e-5)
 * @returns a tensor of the same shape
 * @throws ShapeError when the last axes are not `normalizedShape`
 *
 * @example
 * ```ts
 * import { layerNorm, tensor } from '@chainrule/tensor'
 * console.log(layerNorm(tensor([[-1, 1]]), [2], { eps: 0 }).toString()) // tensor([[-1, 1]], float32)
 * ```
 */
export const layerNorm = (
  x: Tensor,
  normalizedShape: readonly number[] | number,
  { weight, bias, eps = 1e-5 }: LayerNormOptions = {},
): Tensor => {
  requireFloat('layerNorm', x)
  const sizes = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape
  if (sizes.length === 0 || !sameShape(x.shape.slice(-sizes.length), sizes)) {
    throw new ShapeError(
      `layerNorm: got an input of ${showShape(x.shape)}, expected its last axes to be ${showShape(sizes)}. ` +
        'Check normalizedShape.',
    )
  }
  for (const [name, parameter] of Object.entries({ weight, bias })) {
    if (parameter !== undefined && !sameShape(parameter.shape, sizes)) {
      throw new ShapeError(`layerNorm: got a ${name} of ${showShape(parameter.shape)}, expected ${showShape(sizes)}.`)
    }
  }
  const axes = sizes.map((_, place) => x.rank - sizes.length + place)
  return scaleAndShift(normalize(x, axes, eps), weight, bias)
}
