import { applyOne } from '../apply.js'
import { isScalarAxis, normalizeAxes, normalizeAxis, reducedAxis } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { reshape } from './movement.js'

/** Axes of a reduction: one, several, or all when undefined. Negative ones count from the end. */
export type Axes = number | readonly number[]

/** Options of reductions. */
export interface ReduceOptions {
  /** Keep reduced axes with size 1. Default false. */
  readonly keepDims?: boolean
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

const argReduce = (
  reduction: 'argmax' | 'argmin',
  x: Tensor,
  axis: number | undefined,
  { keepDims = false }: ReduceOptions,
): Tensor => {
  const axes = axis === undefined ? normalizeAxes(reduction, axis, x.rank) : reducedAxis(reduction, axis, x.rank)
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
  if (isScalarAxis(axis, x.rank)) return reshape(cumsum(reshape(counted, [1]), 0), [])
  return applyOne('scan', [counted], {
    axis: normalizeAxis('cumsum', axis, x.rank),
    reverse: false,
    exclusive: false,
  })
}
