import { applyComposite } from '../composite.js'
import { normalizeAxes } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { abs, div, mul, pow, sqrt, square, sub } from './arithmetic.js'
import { equal, notEqual, where } from './comparison.js'
import { logSumExpComposite } from './composites/log-sum-exp.js'
import { meanComposite } from './composites/mean.js'
import { prodComposite } from './composites/prod.js'
import { type Axes, max, min, type ReduceOptions, sum } from './reduction.js'
import { requireFloat } from './require-float.js'
import { single } from './single.js'

/** Options of `variance` and `std`. */
export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the count in the divisor: 1 is Bessel's correction, 0 the biased estimate. Default 1. */
  readonly correction?: number
}

/** Options of `norm`. */
export interface NormOptions extends ReduceOptions {
  /** Order: 2 (default), 1, Infinity, -Infinity, 0 (count of non-zeros) or any number. */
  readonly p?: number
  /** Axes to reduce; all when undefined. */
  readonly axis?: Axes
}

/** The p-th root; at 0, where it has no derivative, the constant branch makes the gradient 0. */
const rootOrZero = (x: Tensor, p: number): Tensor => {
  const positive = notEqual(x, 0)
  const safe = where(positive, x, 1)
  return mul(p === 2 ? sqrt(safe) : pow(safe, 1 / p), positive.to(x.dtype))
}

/** |x|ᵖ; below p = 1 its slope at 0 is infinite, and the constant branch makes the gradient there 0. */
const absolutePower = (x: Tensor, p: number): Tensor => {
  if (p >= 1) return pow(abs(x), p)
  const isZero = equal(x, 0)
  return where(isZero, 0 ** p, pow(abs(where(isZero, 1, x)), p))
}

/**
 * The mean over axes: Σ x / n; NaN over no element.
 *
 * @param x - a floating tensor
 * @param axis - axis or axes; all when undefined
 * @param options - `keepDims`
 * @returns the means
 * @throws DTypeError for integers and bool
 *
 * @example
 * ```ts
 * import { mean, tensor } from '@chainrule/tensor'
 * console.log(mean(tensor([1, 2, 3])).toString()) // tensor(2, float32)
 * ```
 */
export const mean = (x: Tensor, axis?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor => {
  requireFloat('mean', x)
  return single(applyComposite(meanComposite, [x], { axes: normalizeAxes('mean', axis, x.rank), keepDims }))
}

/**
 * Π x over axes; 1 over no element.
 *
 * @param x - a tensor
 * @param axis - axis or axes; all when undefined
 * @param options - `keepDims`
 * @returns the products; gradients are right where elements are 0, to any order
 *
 * @example
 * ```ts
 * import { prod, tensor } from '@chainrule/tensor'
 * console.log(prod(tensor([2, 3, 4])).toString()) // tensor(24, float32)
 * ```
 */
export const prod = (x: Tensor, axis?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor =>
  single(applyComposite(prodComposite, [x], { axes: normalizeAxes('prod', axis, x.rank), keepDims }))

/**
 * Σ (x − mean)² / (n − correction) over axes.
 *
 * @param x - a floating tensor
 * @param axis - axis or axes; all when undefined
 * @param options - `correction` (default 1), `keepDims`
 * @returns the variances; NaN where n = correction
 *
 * @example
 * ```ts
 * import { tensor, variance } from '@chainrule/tensor'
 * console.log(variance(tensor([1, 2, 3])).toString()) // tensor(1, float32)
 * ```
 */
export const variance = (
  x: Tensor,
  axis?: Axes,
  { correction = 1, keepDims = false }: VarianceOptions = {},
): Tensor => {
  requireFloat('variance', x)
  const axes = normalizeAxes('variance', axis, x.rank)
  const count = axes.reduce((product, place) => product * (x.shape[place] ?? 1), 1)
  // NaN, and like the mean of nothing moved by nothing; 0 / 0 would have an infinite slope.
  if (count === 0) return mean(x, axes, { keepDims })
  const squares = sum(square(sub(x, mean(x, axes, { keepDims: true }))), axes, { keepDims })
  return div(squares, Math.max(0, count - correction))
}

/**
 * √variance over axes.
 *
 * @param x - a floating tensor
 * @param axis - axis or axes; all when undefined
 * @param options - `correction` (default 1), `keepDims`
 * @returns the standard deviations; the gradient is 0 where they are, as PyTorch
 *
 * @example
 * ```ts
 * import { std, tensor } from '@chainrule/tensor'
 * console.log(std(tensor([1, 2, 3])).toString()) // tensor(1, float32)
 * ```
 */
export const std = (x: Tensor, axis?: Axes, options: VarianceOptions = {}): Tensor =>
  rootOrZero(variance(x, axis, options), 2)

/**
 * ln Σ eˣ over axes, without overflow.
 *
 * @param x - a floating tensor
 * @param axis - axis or axes; all when undefined
 * @param options - `keepDims`
 * @returns the logarithms; −infinity where every element is
 *
 * @example
 * ```ts
 * import { logSumExp, tensor } from '@chainrule/tensor'
 * console.log(logSumExp(tensor([1000, 1000])).toString()) // tensor(1000.7, float32)
 * ```
 */
export const logSumExp = (x: Tensor, axis?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor => {
  requireFloat('logSumExp', x)
  return single(applyComposite(logSumExpComposite, [x], { axes: normalizeAxes('logSumExp', axis, x.rank), keepDims }))
}

/**
 * (Σ |x|ᵖ)^(1/p) over axes; p = Infinity is the greatest |x|. The gradient at 0 is 0 where PyTorch's is.
 *
 * @param x - a floating tensor
 * @param options - `p` (default 2), `axis` (all when undefined), `keepDims`
 * @returns the norms
 *
 * @example
 * ```ts
 * import { norm, tensor } from '@chainrule/tensor'
 * console.log(norm(tensor([3, 4])).toString()) // tensor(5, float32)
 * ```
 */
export const norm = (x: Tensor, { p = 2, axis, keepDims = false }: NormOptions = {}): Tensor => {
  requireFloat('norm', x)
  const reduce = { keepDims }
  if (p === 0) return sum(notEqual(x, 0).to(x.dtype), axis, reduce)
  if (p === 1) return sum(abs(x), axis, reduce)
  if (p === Infinity) return max(abs(x), axis, reduce)
  if (p === -Infinity) return min(abs(x), axis, reduce)
  const total = p === 2 ? sum(square(x), axis, reduce) : sum(absolutePower(x, p), axis, reduce)
  return rootOrZero(total, p)
}
