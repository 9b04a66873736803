import { fansOf } from './fans.js'
import type { Initialized, InitializerTarget, RandomInitializerOptions } from './fill.js'
import { normal } from './normal.js'
import { uniform } from './uniform.js'

/** Options of `xavierUniform` and `xavierNormal`. */
export interface XavierOptions extends RandomInitializerOptions {
  /** Factor on the standard deviation. Default 1. */
  readonly gain?: number
}

/** gain · √(2 / (fanIn + fanOut)). */
const deviation = (name: string, target: InitializerTarget, gain: number): number => {
  const { fanIn, fanOut } = fansOf(name, target)
  return gain * Math.sqrt(2 / (fanIn + fanOut))
}

/**
 * Uniform random numbers within ±gain · √(6 / (fanIn + fanOut)), which keeps the variance of values and gradients through
 * linear layers (Glorot & Bengio, 2010).
 *
 * @param target - a parameter or variable [out, in, ...window], which is assigned and returned; or a shape, of which a tensor is made
 * @param options - `gain` (default 1), `generator`; for a shape `dtype` and `device`
 * @returns the parameter, or the new tensor
 * @throws ShapeError for fewer than two axes
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.xavier_uniform_
 *
 * @example
 * ```ts
 * import { initializers, Linear } from '@chainrule/layers'
 * const layer = new Linear(3, 2)
 * console.log(initializers.xavierUniform(layer.weight, { gain: 2 }) === layer.weight) // true
 * ```
 */
export const xavierUniform = <Target extends InitializerTarget>(
  target: Target,
  { gain = 1, ...options }: XavierOptions = {},
): Initialized<Target> => {
  const bound = Math.sqrt(3) * deviation('xavierUniform', target, gain)
  return uniform(target, { ...options, a: -bound, b: bound })
}

/**
 * Normal random numbers with standard deviation gain · √(2 / (fanIn + fanOut)), which keeps the variance of values and
 * gradients through linear layers (Glorot & Bengio, 2010).
 *
 * @param target - a parameter or variable [out, in, ...window], which is assigned and returned; or a shape, of which a tensor is made
 * @param options - `gain` (default 1), `generator`; for a shape `dtype` and `device`
 * @returns the parameter, or the new tensor
 * @throws ShapeError for fewer than two axes
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.xavier_normal_
 *
 * @example
 * ```ts
 * import { initializers } from '@chainrule/layers'
 * console.log(initializers.xavierNormal([4, 3]).shape) // [4, 3]
 * ```
 */
export const xavierNormal = <Target extends InitializerTarget>(
  target: Target,
  { gain = 1, ...options }: XavierOptions = {},
): Initialized<Target> => normal(target, { ...options, mean: 0, std: deviation('xavierNormal', target, gain) })
