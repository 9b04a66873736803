import { type CreationOptions, full } from '@chainrule/tensor'
import { fill, type Initialized, type InitializerTarget } from './fill.js'

/**
 * One number everywhere.
 *
 * @param target - a parameter or variable, which is assigned and returned; or a shape, of which a tensor is made
 * @param value - the number
 * @param options - for a shape `dtype` and `device`
 * @returns the parameter, or the new tensor
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.constant_
 *
 * @example
 * ```ts
 * import { initializers, Linear } from '@chainrule/layers'
 * console.log(String(initializers.constant(new Linear(2, 1).weight, 0.5))) // tensor([[0.5, 0.5]], float32)
 * ```
 */
export const constant = <Target extends InitializerTarget>(
  target: Target,
  value: number,
  options: CreationOptions = {},
): Initialized<Target> => fill('constant', target, options, ({ shape, ...where }) => full(shape, value, where))

/**
 * Zeros.
 *
 * @param target - a parameter or variable, which is assigned and returned; or a shape, of which a tensor is made
 * @param options - for a shape `dtype` and `device`
 * @returns the parameter, or the new tensor
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.zeros_
 *
 * @example
 * ```ts
 * import { initializers } from '@chainrule/layers'
 * console.log(String(initializers.zeros([2]))) // tensor([0, 0], float32)
 * ```
 */
export const zeros = <Target extends InitializerTarget>(
  target: Target,
  options: CreationOptions = {},
): Initialized<Target> => constant(target, 0, options)

/**
 * Ones.
 *
 * @param target - a parameter or variable, which is assigned and returned; or a shape, of which a tensor is made
 * @param options - for a shape `dtype` and `device`
 * @returns the parameter, or the new tensor
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.ones_
 *
 * @example
 * ```ts
 * import { initializers } from '@chainrule/layers'
 * console.log(String(initializers.ones([2]))) // tensor([1, 1], float32)
 * ```
 */
export const ones = <Target extends InitializerTarget>(
  target: Target,
  options: CreationOptions = {},
): Initialized<Target> => constant(target, 1, options)
