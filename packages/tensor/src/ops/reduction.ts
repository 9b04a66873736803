import { applyOne } from '../apply.js'
import { isFloating } from '../dtype.js'
import { DTypeError } from '../errors.js'
import { normalizeAxes, normalizeAxis } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { abs, div, mul, pow, sqrt, square, sub } from './arithmetic.js'
import { notEqual, where } from './comparison.js'
import { applyComposite } from '../composite.js'
import { meanComposite } from './composites/mean.js'
import { logSumExpComposite } from './composites/log-sum-exp.js'
import { prodComposite } from './composites/prod.js'
import { reshape } from './movement.js'
import { single } from './single.js'

/** Axes of a reduction: one, several, or all when undefined. Negative ones count from the end. */
export type Axes = number | readonly number[]

/** Options of reductions. */
export interface ReduceOptions {
  /** Keep reduced axes with size 1. Default false. */
  readonly keepDims?: boolean
}

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

const floatOnly = (operation: string, x: Tensor): void => {
  if (!isFloating(x.dtype)) {
    throw new DTypeError(`${operation}: got ${x.dtype}, expected a floating dtype. Convert with .to('float32').`)
  }
}

/**
 * Σ x over axes. Bool and int32 count in int32; the sum over no element is 0.
 *
 * @param x - a tensor
 * @param axis - axis or axes to sum over; all when undefined
 * @param options - `keepDims`
 * @returns the sums
 * @throws ShapeError when an axis is out of range
 *
 * @example
 * ```ts
 * import { sum, tensor } from '@chainrule/tensor'
 * console.log(sum(tensor([[1, 2], [3, 4]]), 0).toString()) // tensor([4, 6], float32)
 * ```
 */
export const sum = (x: Tensor, axis?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor =>
  applyOne('reduce', [x], { reduction: 'sum', axes: normalizeAxes('sum', axis, x.rank), keepDims })

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
  floatOnly('mean', x)
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
 * The greatest element over axes; NaN wins. Equal greatest elements share the gradient. Values only: `argmax` gives places.
 *
 * @param x - a tensor
 * @param axis - axis or axes; all when undefined
 * @param options - `keepDims`
 * @returns the maxima
 * @throws ArgumentError when an axis to reduce is empty
 *
 * @example
 * ```ts
 * import { max, tensor } from '@chainrule/tensor'
 * console.log(max(tensor([[1, 5], [3, 2]]), 1).toString()) // tensor([5, 3], float32)
 * ```
 */
export const max = (x: Tensor, axis?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor =>
  applyOne('reduce', [x], { reduction: 'max', axes: normalizeAxes('max', axis, x.rank), keepDims })

/**
 * The smallest element over axes; NaN wins. Equal smallest elements share the gradient. Values only: `argmin` gives places.
 *
 * @param x - a tensor
 * @param axis - axis or axes; all when undefined
 * @param options - `keepDims`
 * @returns the minima
 * @throws ArgumentError when an axis to reduce is empty
 *
 * @example
 * ```ts
 * import { min, tensor } from '@chainrule/tensor'
 * console.log(min(tensor([[1, 5], [3, 2]]), 1).toString()) // tensor([1, 2], float32)
 * ```
 */
export const min = (x: Tensor, axis?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor =>
  applyOne('reduce', [x], { reduction: 'min', axes: normalizeAxes('min', axis, x.rank), keepDims })

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
  floatOnly('variance', x)
  const axes = normalizeAxes('variance', axis, x.rank)
  const count = axes.reduce((product, place) => product * (x.shape[place] ?? 1), 1)
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

const argReduce = (
  reduction: 'argmax' | 'argmin',
  x: Tensor,
  axis: number | undefined,
  { keepDims = false }: ReduceOptions,
): Tensor => {
  const axes =
    axis === undefined ? normalizeAxes(reduction, undefined, x.rank) : [normalizeAxis(reduction, axis, x.rank)]
  return applyOne('argReduce', [x], { reduction, axes, keepDims })
}

/**
 * Place of the greatest element along an axis; the first of equals; NaN counts as greatest.
 *
 * @param x - a tensor
 * @param axis - the axis; when undefined, the place among all elements in row-major order
 * @param options - `keepDims`
 * @returns int32 places
 *
 * @example
 * ```ts
 * import { argmax, tensor } from '@chainrule/tensor'
 * console.log(argmax(tensor([[1, 5], [3, 2]]), 1).toString()) // tensor([1, 0], int32)
 * ```
 */
export const argmax = (x: Tensor, axis?: number, options: ReduceOptions = {}): Tensor =>
  argReduce('argmax', x, axis, options)

/**
 * Place of the smallest element along an axis; the first of equals; NaN counts as smallest.
 *
 * @param x - a tensor
 * @param axis - the axis; when undefined, the place among all elements in row-major order
 * @param options - `keepDims`
 * @returns int32 places
 *
 * @example
 * ```ts
 * import { argmin, tensor } from '@chainrule/tensor'
 * console.log(argmin(tensor([[1, 5], [3, 2]]), 1).toString()) // tensor([0, 1], int32)
 * ```
 */
export const argmin = (x: Tensor, axis?: number, options: ReduceOptions = {}): Tensor =>
  argReduce('argmin', x, axis, options)

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
  floatOnly('logSumExp', x)
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
  floatOnly('norm', x)
  const reduce = { keepDims }
  if (p === 0) return sum(notEqual(x, 0).to(x.dtype), axis, reduce)
  if (p === 1) return sum(abs(x), axis, reduce)
  if (p === Infinity) return max(abs(x), axis, reduce)
  if (p === -Infinity) return min(abs(x), axis, reduce)
  const total = p === 2 ? sum(square(x), axis, reduce) : sum(pow(abs(x), p), axis, reduce)
  return rootOrZero(total, p)
}

/**
 * Whether every element is true (not 0), over axes; true over no element.
 *
 * @param x - a tensor
 * @param axis - axis or axes; all when undefined
 * @param options - `keepDims`
 * @returns bool
 *
 * @example
 * ```ts
 * import { all, tensor } from '@chainrule/tensor'
 * console.log(all(tensor([true, false])).toString()) // tensor(false, bool)
 * ```
 */
export const all = (x: Tensor, axis?: Axes, options: ReduceOptions = {}): Tensor =>
  sum(x.to('bool').logicalNot(), axis, options).equal(0)

/**
 * Whether any element is true (not 0), over axes; false over no element.
 *
 * @param x - a tensor
 * @param axis - axis or axes; all when undefined
 * @param options - `keepDims`
 * @returns bool
 *
 * @example
 * ```ts
 * import { any, tensor } from '@chainrule/tensor'
 * console.log(any(tensor([true, false])).toString()) // tensor(true, bool)
 * ```
 */
export const any = (x: Tensor, axis?: Axes, options: ReduceOptions = {}): Tensor =>
  sum(x.to('bool'), axis, options).greater(0)

/**
 * Running sum along an axis.
 *
 * @param x - a tensor
 * @param axis - the axis
 * @returns a tensor of the same shape; bool sums in int32
 *
 * @example
 * ```ts
 * import { cumsum, tensor } from '@chainrule/tensor'
 * console.log(cumsum(tensor([1, 2, 3]), 0).toString()) // tensor([1, 3, 6], float32)
 * ```
 */
export const cumsum = (x: Tensor, axis: number): Tensor => {
  const counted = x.dtype === 'bool' ? x.to('int32') : x
  if (x.rank === 0 && (axis === 0 || axis === -1)) return reshape(cumsum(reshape(counted, [1]), 0), [])
  return applyOne('scan', [counted], {
    axis: normalizeAxis('cumsum', axis, x.rank),
    reverse: false,
    exclusive: false,
  })
}
