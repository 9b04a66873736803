import { GradientError, isFloating, onesLike, scope, showShape, Tensor, tensorsIn } from '@chainrule/tensor'
import { fillTensors } from '../fill-tensors.js'
import { pullTraced, traceCall } from './vjp.js'

/** Options of `grad` and `valueAndGrad`. */
export interface GradOptions<Place extends number = number> {
  /** Which argument to differentiate by, counted from 0. Default 0. */
  readonly argument?: Place
}

/** A value with its gradient. */
export interface ValueAndGrad<Argument> {
  /** The value of the function. */
  readonly value: Tensor
  /** Its gradient, structured like the argument. */
  readonly grad: Argument
}

const describe = (result: unknown): string => {
  if (result instanceof Promise) return 'a promise'
  return result === null ? 'null' : typeof result
}

const checkScalar = (result: unknown): Tensor => {
  if (!(result instanceof Tensor)) {
    throw new GradientError(
      `grad: got a function that returns ${describe(result)}, expected one that returns a scalar tensor. ` +
        'Return the loss; use valueAndGrad to have both.',
    )
  }
  if (result.size !== 1) {
    throw new GradientError(
      `grad: got a function that returns shape ${showShape(result.shape)}, expected one element. Reduce it, or use jacobian or vjp.`,
    )
  }
  if (!isFloating(result.dtype)) {
    throw new GradientError(
      `grad: got a function that returns ${result.dtype}, expected a floating dtype: whole numbers have no derivative. ` +
        "Convert with .to('float32') before the last op.",
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
 * @throws GradientError when f returns no floating scalar tensor, or the argument holds no floating tensor
 * @see https://docs.jax.dev/en/latest/_autosummary/jax.value_and_grad.html
 *
 * @example
 * ```ts
 * import { valueAndGrad } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const { value, grad } = valueAndGrad((x) => x.square().sum())(tensor([1, 2]))
 * console.log(String(value), String(grad)) // tensor(5, float32) tensor([2, 4], float32)
 * ```
 */
export function valueAndGrad(f: (x: Tensor) => Tensor, options?: GradOptions<0>): (x: Tensor) => ValueAndGrad<Tensor>
/** The same of two tensors. */
export function valueAndGrad(
  f: (x: Tensor, y: Tensor) => Tensor,
  options?: GradOptions<0 | 1>,
): (x: Tensor, y: Tensor) => ValueAndGrad<Tensor>
/** The same of any arguments. */
export function valueAndGrad<Args extends readonly unknown[], Place extends number = 0>(
  f: (...args: Args) => Tensor,
  options?: GradOptions<Place>,
): (...args: Args) => ValueAndGrad<Args[Place]>
export function valueAndGrad(
  f: (...args: never[]) => Tensor,
  { argument = 0 }: GradOptions = {},
): (...args: never[]) => ValueAndGrad<unknown> {
  return (...args) =>
    scope(() => {
      if (!tensorsIn(args[argument]).some(({ dtype }) => isFloating(dtype))) {
        throw new GradientError(
          `grad: got argument ${argument} (of ${args.length}) without a floating tensor in it, expected one to differentiate by. ` +
            "Pick another with {argument}, or convert with .to('float32').",
        )
      }
      const traced = traceCall(f, args, (place) => place === argument)
      const value = checkScalar(traced.value)
      const gradients = pullTraced(traced, onesLike(value), false)
      value.dropTrace(traced.level)
      return { value, grad: fillTensors<unknown>(args[argument], gradients) }
    })
}

/**
 * A function that gives the gradient of f with respect to one argument, structured like it. Nests to any order.
 *
 * @param f - a function of tensors (in arrays and objects) to a scalar tensor
 * @param options - `argument` (default 0)
 * @returns the function
 * @throws GradientError when f returns no floating scalar tensor, or the argument holds no floating tensor
 * @see https://docs.jax.dev/en/latest/_autosummary/jax.grad.html
 *
 * @example
 * ```ts
 * import { grad } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const second = grad(grad((x) => x.mul(x).mul(x)))
 * console.log(String(second(tensor(2)))) // tensor(12, float32)
 * ```
 */
export function grad(f: (x: Tensor) => Tensor, options?: GradOptions<0>): (x: Tensor) => Tensor
/** The same of two tensors. */
export function grad(
  f: (x: Tensor, y: Tensor) => Tensor,
  options?: GradOptions<0 | 1>,
): (x: Tensor, y: Tensor) => Tensor
/** The same of any arguments. */
export function grad<Args extends readonly unknown[], Place extends number = 0>(
  f: (...args: Args) => Tensor,
  options?: GradOptions<Place>,
): (...args: Args) => Args[Place]
export function grad(f: (...args: never[]) => Tensor, options: GradOptions = {}): (...args: never[]) => unknown {
  const both = valueAndGrad<readonly never[], number>(f, options)
  // A scope of its own, because nobody takes the value.
  return (...args) => scope(() => both(...args).grad)
}
