import type { Parameter } from '@chainrule/autograd'
import {
  ArgumentError,
  type CreationOptions,
  layerNorm,
  ones,
  type OptionNames,
  requireOptions,
  type Tensor,
  zeros,
} from '@chainrule/tensor'
import { makeParameter } from '../make-parameter.js'
import { Module } from '../module/module.js'
import { requireSizes } from '../require-sizes.js'

/** Options of `LayerNorm`. */
export interface LayerNormLayerOptions extends CreationOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number
  /** Whether to scale and shift. Default true. */
  readonly elementwiseAffine?: boolean
  /** Whether to shift, where it scales. Default true. */
  readonly bias?: boolean
}

/** The sizes of a normalized shape, checked. */
export const normalizedSizes = (layer: string, shape: number | readonly number[]): readonly number[] => {
  const sizes = typeof shape === 'number' ? [shape] : [...shape]
  if (sizes.length === 0)
    throw new ArgumentError(`${layer}: got no size, expected those of the last axes. Pass e.g. 64.`)
  for (const size of sizes) requireSizes(layer, { normalizedShape: size })
  return sizes
}

const optionNames: OptionNames<LayerNormLayerOptions> = {
  eps: 'place',
  elementwiseAffine: 'place',
  bias: 'place',
  device: 'place',
  dtype: 'place',
}

/**
 * Layer normalization over the last axes (Ba et al., 2016): (x − mean) / √(variance + eps) · weight + bias.
 *
 * State dict: `weight` (ones) and `bias` (zeros) of the normalized shape.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
 *
 * @example
 * ```ts
 * import { LayerNorm } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * const layer = new LayerNorm(2, { eps: 0 })
 * console.log(String(layer.forward(tensor([[1, 3]])))) // tensor([[-1, 1]], float32)
 * ```
 */
export class LayerNorm extends Module {
  /** Sizes of the axes that are normalized together. */
  readonly normalizedShape: readonly number[]
  /** Added to the variance. */
  readonly eps: number
  /** Scale, of the normalized shape. */
  readonly weight: Parameter | undefined
  /** Shift, of the normalized shape. */
  readonly bias: Parameter | undefined

  /**
   * @param normalizedShape - size of the last axis, or sizes of the last axes
   * @param options - `eps` (default 1e-5), `elementwiseAffine` (true), `bias` (true), `dtype`, `device`
   * @throws ArgumentError unless the sizes are whole numbers of at least 1
   */
  constructor(normalizedShape: number | readonly number[], options: LayerNormLayerOptions = {}, ...extra: never[]) {
    super()
    requireOptions('LayerNorm', [options, ...extra], 1, optionNames)
    const { eps = 1e-5, elementwiseAffine = true, bias = true, ...where } = options
    const sizes = normalizedSizes('LayerNorm', normalizedShape)
    this.normalizedShape = sizes
    this.eps = eps
    this.weight = elementwiseAffine ? makeParameter(() => ones(sizes, where)) : undefined
    this.bias = elementwiseAffine && bias ? makeParameter(() => zeros(sizes, where)) : undefined
  }

  /**
   * Normalizes the last axes.
   *
   * @param x - [..., ...normalizedShape]
   * @returns a tensor of the same shape
   * @throws ShapeError when the last axes are others
   */
  override forward(x: Tensor): Tensor {
    return layerNorm(x, this.normalizedShape, { weight: this.weight, bias: this.bias, eps: this.eps })
  }
}
