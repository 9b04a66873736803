import type { Parameter } from '@chainrule/autograd'
import {
  type CreationOptions,
  type DType,
  ones,
  type OptionNames,
  requireOptions,
  rmsNormalize,
  sameShape,
  scaleAndShift,
  ShapeError,
  showShape,
  type Tensor,
} from '@chainrule/tensor'
import { makeParameter } from '../make-parameter.js'
import { Module } from '../module/module.js'
import { normalizedSizes } from './layer-norm.js'

/** Options of `RMSNorm`. */
export interface RMSNormOptions extends CreationOptions {
  /** Added to the mean square. Default the distance from 1 to the next number of the input's dtype. */
  readonly eps?: number
  /** Whether to scale. Default true. */
  readonly elementwiseAffine?: boolean
}

/** 2^−23 for float32, 2^−52 for float64. */
const machineEpsilon = (dtype: DType): number =>
  dtype === 'float64' ? 2 ** -52 : dtype === 'float16' ? 2 ** -10 : 2 ** -23

const optionNames: OptionNames<RMSNormOptions> = {
  eps: 'place',
  elementwiseAffine: 'place',
  device: 'place',
  dtype: 'place',
}

/**
 * Root mean square normalization over the last axes (Zhang & Sennrich, 2019): x / √(mean x² + eps) · weight.
 *
 * State dict: `weight` (ones) of the normalized shape.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html
 *
 * @example
 * ```ts
 * import { RMSNorm } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * const layer = new RMSNorm(2, { eps: 0 })
 * console.log(String(layer.forward(tensor([[5, -5]])))) // tensor([[1, -1]], float32)
 * ```
 */
export class RMSNorm extends Module {
  /** Sizes of the axes that are normalized together. */
  readonly normalizedShape: readonly number[]
  /** Added to the mean square; undefined for the dtype's own. */
  readonly eps: number | undefined
  /** Scale, of the normalized shape. */
  readonly weight: Parameter | undefined

  /**
   * @param normalizedShape - size of the last axis, or sizes of the last axes
   * @param options - `eps` (default the dtype's machine epsilon), `elementwiseAffine` (true), `dtype`, `device`
   * @throws ArgumentError unless the sizes are whole numbers of at least 1
   */
  constructor(normalizedShape: number | readonly number[], options: RMSNormOptions = {}, ...extra: never[]) {
    super()
    requireOptions('RMSNorm', [options, ...extra], 1, optionNames)
    const { eps, elementwiseAffine = true, ...where } = options
    const sizes = normalizedSizes('RMSNorm', normalizedShape)
    this.normalizedShape = sizes
    this.eps = eps
    this.weight = elementwiseAffine ? makeParameter(() => ones(sizes, where)) : undefined
  }

  /**
   * Normalizes the last axes.
   *
   * @param x - [..., ...normalizedShape]
   * @returns a tensor of the same shape
   * @throws ShapeError when the last axes are others
   */
  override forward(x: Tensor): Tensor {
    const sizes = this.normalizedShape
    if (!sameShape(x.shape.slice(-sizes.length), sizes)) {
      throw new ShapeError(
        `RMSNorm: got an input of ${showShape(x.shape)}, expected its last axes to be ${showShape(sizes)}. Check normalizedShape.`,
      )
    }
    const axes = sizes.map((_, place) => x.rank - sizes.length + place)
    return scaleAndShift(rmsNormalize(x, axes, this.eps ?? machineEpsilon(x.dtype)), this.weight)
  }
}
