import { randn } from '@chainrule/tensor'
import { fill, type Initialized, type InitializerTarget, type RandomInitializerOptions } from './fill.js'

/** Options of `normal`. */
export interface NormalOptions extends RandomInitializerOptions {
  /** Mean. Default 0. */
  readonly mean?: number
  /** Standard deviation. Default 1. */
  readonly std?: number
}

/**
 * Random numbers from the normal distribution.
 *
 * @param target - a parameter or variable, which is assigned and returned; or a shape, of which a tensor is made
 * @param options - `mean` (default 0), `std` (default 1), `generator`; for a shape `dtype` and `device`
 * @returns the parameter, or the new tensor
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.normal_
 *
 * @example
 * ```ts
 * import { initializers, Embedding } from '@chainrule/layers'
 * const layer = new Embedding(10, 4)
 * console.log(initializers.normal(layer.weight, { std: 0.02 }) === layer.weight) // true
 * ```
 */
export const normal = <Target extends InitializerTarget>(
  target: Target,
  { mean = 0, std = 1, generator, ...options }: NormalOptions = {},
): Initialized<Target> =>
  fill('normal', target, options, ({ shape, ...where }) =>
    randn(shape, { ...where, ...(generator && { generator }) })
      .mul(std)
      .add(mean),
  )
