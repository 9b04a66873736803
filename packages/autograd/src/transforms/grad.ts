import { GradientError, mapTensors, onesLike, scope, showShape, Tensor } from '@chainrule/tensor'
import { pullTraced, traceCall } from './vjp.js'

/** Options of `grad` and `valueAndGrad`. */
export interface GradOptions {
  /** Which argument to differentiate by, counted from 0. Default 0. */
  readonly argument?: number
}

/** A value with its gradient. */
export interface ValueAndGrad<Argument> {
  /** The value of the function. */
  readonly value: Tensor
  /** Its gradient, structured like the argument. */
  readonly grad: Argument
}

const checkScalar = (result: unknown): Tensor => {
  if (!(result instanceof Tensor)) {
    throw new GradientError(
      `grad: got a function that returns ${result === null ? 'null' : typeof result}, expected one that returns a scalar tensor. ` +
        'Return the loss; use valueAndGrad to have both.',
    )
  }
  if (result.size !== 1) {
    throw new GradientError(
      `grad: got a function that returns shape ${showShape(result.shape)}, expected one element. Reduce it, or use jacobian or vjp.`,
    )
  }
  return result
}

/**
 * A function that gives the value of f and its gradient with respect to one argument. Everything in between is released.
 *
 * @param f - a function of tensors (in arrays and objects) to a scalar tensor
 * @param options - `argument` (default 0)
 * @returns the function
 * @throws GradientError when f returns no scalar tensor
 *
 * @example
 * ```ts
 * import { valueAndGrad } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const { value, grad } = valueAndGrad((x) => x.square().sum())(tensor([1, 2]))
 * console.log(String(value), String(grad)) // tensor(5, float32) tensor([2, 4], float32)
 * ```
 */
export const valueAndGrad =
  <Args extends readonly unknown[]>(
    f: (...args: Args) => Tensor,
    { argument = 0 }: GradOptions = {},
  ): ((...args: Args) => ValueAndGrad<Args[0]>) =>
  (...args) =>
    scope(() => {
      const traced = traceCall(f, args, (place) => place === argument)
      const value = checkScalar(traced.value)
      const gradients = pullTraced(traced, onesLike(value), false)
      value.dropTrace(traced.level)
      return { value, grad: mapTensors(args[argument], (tensor) => gradients.get(tensor)) }
    })

/**
 * A function that gives the gradient of f with respect to one argument, structured like it. Nests to any order.
 *
 * @param f - a function of tensors (in arrays and objects) to a scalar tensor
 * @param options - `argument` (default 0)
 * @returns the function
 * @throws GradientError when f returns no scalar tensor
 *
 * @example
 * ```ts
 * import { grad } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const cube = (x) => x.mul(x).mul(x)
 * console.log(String(grad(grad(cube))(tensor(2)))) // tensor(12, float32)
 * ```
 */
export const grad = <Args extends readonly unknown[]>(
  f: (...args: Args) => Tensor,
  options: GradOptions = {},
): ((...args: Args) => Args[0]) => {
  const both = valueAndGrad(f, options)
  return (...args) => both(...args).grad
}
