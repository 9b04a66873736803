import { ArgumentError } from '@chainrule/tensor'
import { fansOf } from './fans.js'
import type { Initialized, InitializerTarget, RandomInitializerOptions } from './fill.js'
import { gainOf, type Nonlinearity } from './gain.js'
import { normal } from './normal.js'
import { uniform } from './uniform.js'

/** Options of `kaimingUniform` and `kaimingNormal`. */
export interface KaimingOptions extends RandomInitializerOptions {
  /** Slope below 0 of a leaky ReLU that follows. Default 0. */
  readonly a?: number
  /** Whether the variance is kept forwards (`'fanIn'`) or backwards (`'fanOut'`). Default `'fanIn'`. */
  readonly mode?: 'fanIn' | 'fanOut'
  /** What follows the layer. Default `'leakyRelu'`. */
  readonly nonlinearity?: Nonlinearity
}

/** gain / √fan, and the options that are not its own. */
const deviation = (name: string, target: InitializerTarget, options: KaimingOptions) => {
  const { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu', ...rest } = options
  const fans = fansOf(name, target)
  if (!Object.hasOwn(fans, mode)) {
    throw new ArgumentError(`${name}: got mode '${String(mode)}', expected 'fanIn' or 'fanOut'.`)
  }
  return { std: gainOf(nonlinearity, a) / Math.sqrt(fans[mode]), rest }
}

/**
 * Uniform random numbers within ±gain · √(3 / fan), which keeps the variance through rectifiers (He et al., 2015).
 *
 * @param target - a parameter or variable [out, in, ...window], which is assigned and returned; or a shape, of which a tensor is made
 * @param options - `a` (default 0), `mode` (default `'fanIn'`), `nonlinearity` (default `'leakyRelu'`), `generator`; for a
 *   shape `dtype` and `device`
 * @returns the parameter, or the new tensor
 * @throws ShapeError for fewer than two axes; ArgumentError
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.kaiming_uniform_
 *
 * @example
 * ```ts
 * import { Conv2d, initializers } from '@chainrule/layers'
 * const layer = new Conv2d(3, 8, 3)
 * initializers.kaimingUniform(layer.weight, { mode: 'fanOut', nonlinearity: 'relu' })
 * ```
 */
export const kaimingUniform = <Target extends InitializerTarget>(
  target: Target,
  options: KaimingOptions = {},
): Initialized<Target> => {
  const { std, rest } = deviation('kaimingUniform', target, options)
  const bound = Math.sqrt(3) * std
  return uniform(target, { ...rest, a: -bound, b: bound })
}

/**
 * Normal random numbers with standard deviation gain / √fan, which keeps the variance through rectifiers (He et al., 2015).
 *
 * @param target - a parameter or variable [out, in, ...window], which is assigned and returned; or a shape, of which a tensor is made
 * @param options - `a` (default 0), `mode` (default `'fanIn'`), `nonlinearity` (default `'leakyRelu'`), `generator`; for a
 *   shape `dtype` and `device`
 * @returns the parameter, or the new tensor
 * @throws ShapeError for fewer than two axes; ArgumentError
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.kaiming_normal_
 *
 * @example
 * ```ts
 * import { initializers } from '@chainrule/layers'
 * console.log(initializers.kaimingNormal([8, 3, 3, 3], { nonlinearity: 'relu' }).shape) // [8, 3, 3, 3]
 * ```
 */
export const kaimingNormal = <Target extends InitializerTarget>(
  target: Target,
  options: KaimingOptions = {},
): Initialized<Target> => {
  const { std, rest } = deviation('kaimingNormal', target, options)
  return normal(target, { ...rest, mean: 0, std })
}
