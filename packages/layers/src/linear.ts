import type { Parameter } from '@chainrule/autograd'
import { type CreationOptions, linear, type OptionNames, requireOptions, type Tensor } from '@chainrule/tensor'
import { uniform } from './initializers/uniform.js'
import { makeParameter } from './make-parameter.js'
import { Module } from './module/module.js'
import { requireSizes } from './require-sizes.js'

/** Options of `Linear`. */
export interface LinearOptions extends CreationOptions {
  /** Whether to add a bias. Default true. */
  readonly bias?: boolean
}

const optionNames: OptionNames<LinearOptions> = {
  bias: 'place',
  device: 'place',
  dtype: 'place',
}

/**
 * y = x Wᵀ + b. Weight and bias begin uniform within ±1/√inFeatures.
 *
 * State dict: `weight` [outFeatures, inFeatures], `bias` [outFeatures].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Linear.html
 *
 * @example
 * ```ts
 * import { Linear } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * console.log(new Linear(3, 2).forward(ones([5, 3])).shape) // [5, 2]
 * ```
 */
export class Linear extends Module {
  /** Size of the last axis of the input. */
  readonly inFeatures: number
  /** Size of the last axis of the output. */
  readonly outFeatures: number
  /** [outFeatures, inFeatures]. */
  readonly weight: Parameter
  /** [outFeatures], or undefined without a bias. */
  readonly bias: Parameter | undefined

  /**
   * @param inFeatures - size of the last axis of the input
   * @param outFeatures - size of the last axis of the output
   * @param options - `bias` (default true), `dtype`, `device`
   * @throws ArgumentError unless both sizes are whole numbers of at least 1
   */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}, ...extra: never[]) {
    super()
    requireOptions('Linear', [options, ...extra], 2, optionNames)
    const { bias = true, ...where } = options
    requireSizes('Linear', { inFeatures, outFeatures })
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    const bound = 1 / Math.sqrt(inFeatures)
    const make = (shape: readonly number[]) => makeParameter(() => uniform(shape, { ...where, a: -bound, b: bound }))
    this.weight = make([outFeatures, inFeatures])
    this.bias = bias ? make([outFeatures]) : undefined
  }

  /**
   * Applies the map to the last axis.
   *
   * @param x - [..., inFeatures]
   * @returns [..., outFeatures]
   * @throws ShapeError when the last axis has another size
   */
  override forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias)
  }
}
