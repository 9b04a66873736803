import {
  add,
  ArgumentError,
  Generator,
  GradientError,
  isFloating,
  mul,
  randn,
  reshape,
  scope,
  showShape,
  sub,
  Tensor,
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
  /** The stream that directions are drawn from, which goes on from call to call. Default a new one of `seed`. */
  readonly generator?: Generator
}

const valueAt = (f: (x: Tensor) => Tensor, x: Tensor): Tensor => {
  const value: unknown = f(x)
  if (value instanceof Tensor && value.size === 1) return reshape(value, [])
  throw new GradientError(
    `zerothOrderGradient: got a function that returns ${value instanceof Tensor ? `shape ${showShape(value.shape)}` : typeof value}, ` +
      'expected one that returns a tensor of one element. Reduce it.',
  )
}

/**
 * An estimate of the gradient of a function that need not be differentiable, from its values alone: the mean over random
 * normal directions u of (f(x + εu) − f(x − εu)) / (2ε) · u (two-point estimator; Nesterov & Spokoiny, 2017).
 *
 * @param f - a function of one tensor to a scalar tensor
 * @param x - where
 * @param options - `samples` (default 16), `epsilon` (default 1e-3), `seed` (default 0)
 * @returns the estimate, of the shape of x
 * @throws GradientError unless x is floating and f returns one element; ArgumentError for other options
 * @see https://doi.org/10.1007/s10208-015-9296-2
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
  { samples = 16, epsilon = 1e-3, seed = 0, generator: given }: ZerothOrderOptions = {},
): Tensor => {
  if (!Number.isInteger(samples) || samples < 1 || !(epsilon > 0)) {
    throw new ArgumentError(
      `zerothOrderGradient: got samples ${samples} and epsilon ${epsilon}, expected a whole number of at least 1 and a step above 0.`,
    )
  }
  if (!isFloating(x.dtype)) {
    throw new GradientError(
      `zerothOrderGradient: got ${x.dtype}, expected a floating dtype: there are no small steps between whole numbers. ` +
        "Convert with .to('float32').",
    )
  }
  const generator = given ?? new Generator(seed)
  // Every replay of a program starts the stream, as every call does.
  if (given === undefined) generator.manualSeed(seed)
  const dtype = x.dtype
  return withoutGradients(() =>
    scope(() => {
      let total = zerosLike(x)
      for (let sample = 0; sample < samples; sample++) {
        const before = total
        total = scope(() => {
          const direction = randn(x.shape, { dtype, device: x.device, generator })
          const step = mul(direction, epsilon)
          const difference = sub(valueAt(f, add(x, step)), valueAt(f, sub(x, step)))
          return add(before, mul(direction, mul(difference, 1 / (2 * epsilon * samples))))
        })
        before.dispose()
      }
      return total
    }),
  )
}
