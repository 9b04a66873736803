import { rand } from '@chainrule/tensor'
import { fill, type Initialized, type InitializerTarget, type RandomInitializerOptions } from './fill.js'

/** Options of `uniform`. */
export interface UniformOptions extends RandomInitializerOptions {
  /** Lower bound. Default 0. */
  readonly a?: number
  /** Upper bound. Default 1. */
  readonly b?: number
}

/**
 * Uniform random numbers, a ≤ x < b.
 *
 * @param target - a parameter or variable, which is assigned and returned; or a shape, of which a tensor is made
 * @param options - `a` (default 0), `b` (default 1), `generator`; for a shape `dtype` and `device`
 * @returns the parameter, or the new tensor
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.uniform_
 *
 * @example
 * ```ts
 * import { initializers, Linear } from '@chainrule/layers'
 * const layer = new Linear(3, 2)
 * initializers.uniform(layer.weight, { a: -0.1, b: 0.1 })
 * console.log(initializers.uniform([2, 3]).shape) // [2, 3]
 * ```
 */
export const uniform = <Target extends InitializerTarget>(
  target: Target,
  { a = 0, b = 1, generator, ...options }: UniformOptions = {},
): Initialized<Target> =>
  fill('uniform', target, options, ({ shape, ...where }) =>
    rand(shape, { ...where, ...(generator && { generator }) })
      .mul(b - a)
      .add(a),
  )
