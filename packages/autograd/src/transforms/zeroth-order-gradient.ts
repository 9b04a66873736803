import {
  add,
  ArgumentError,
  Generator,
  mul,
  randn,
  scope,
  sub,
  type Tensor,
  withoutGradients,
  zerosLike,
} from '@chainrule/tensor'

/** Options of `zerothOrderGradient`. */
export interface ZerothOrderOptions {
  /** How many random directions are averaged. Default 16. */
  readonly samples?: number
  /** Length of the step along each direction. Default 1e-3. */
  readonly epsilon?: number
  /** Seed of the directions. Default 0. */
  readonly seed?: number
}

/**
 * An estimate of the gradient of a function that need not be differentiable, from its values alone: the mean over random
 * normal directions u of (f(x + εu) − f(x − εu)) / (2ε) · u (two-point estimator; Nesterov & Spokoiny, 2017).
 *
 * @param f - a function of one tensor to a scalar tensor
 * @param x - where
 * @param options - `samples` (default 16), `epsilon` (default 1e-3), `seed` (default 0)
 * @returns the estimate, of the shape of x
 *
 * @example
 * ```ts
 * import { zerothOrderGradient } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const x = tensor([1, 2], { dtype: 'float64' })
 * const estimate = zerothOrderGradient((y) => y.abs().sum(), x, { samples: 1000 })
 * console.log(estimate.shape) // [2]
 * ```
 */
export const zerothOrderGradient = (
  f: (x: Tensor) => Tensor,
  x: Tensor,
  { samples = 16, epsilon = 1e-3, seed = 0 }: ZerothOrderOptions = {},
): Tensor => {
  if (!Number.isInteger(samples) || samples < 1 || !(epsilon > 0)) {
    throw new ArgumentError(
      `zerothOrderGradient: got samples ${samples} and epsilon ${epsilon}, expected a whole number of at least 1 and a step above 0.`,
    )
  }
  const generator = new Generator(seed)
  const dtype = x.dtype
  return withoutGradients(() =>
    scope(() => {
      let total = zerosLike(x)
      for (let sample = 0; sample < samples; sample++) {
        total = scope(() => {
          const direction = randn(x.shape, { dtype, device: x.device, generator })
          const step = mul(direction, epsilon)
          const slope = mul(sub(f(add(x, step)), f(sub(x, step))), 1 / (2 * epsilon * samples))
          return add(total, mul(direction, slope))
        })
      }
      return total
    }),
  )
}
