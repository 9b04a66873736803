import { apply } from '../apply.js'
import { ArgumentError } from '../errors.js'
import { requireTensor } from '../require-tensor.js'
import { isScalarAxis, normalizeAxis } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { reshape } from './movement.js'

/** Options of `sort` and `argsort`. */
export interface SortOptions {
  /** The axis. Default −1. */
  readonly axis?: number
  /** Greatest first. Default false. */
  readonly descending?: boolean
}

/** Options of `topK`. */
export interface TopKOptions {
  /** The axis. Default −1. */
  readonly axis?: number
  /** The greatest, or the smallest. Default true. */
  readonly largest?: boolean
  /** Results in order; they always are here. Default true. */
  readonly sorted?: boolean
}

/** Values with the places they came from. */
export interface SortResult {
  /** The values. */
  readonly values: Tensor
  /** Their places along the axis, int32. */
  readonly indices: Tensor
}

const ordered = (
  operation: string,
  x: Tensor,
  axis: number,
  descending: boolean,
  count: number | undefined,
): SortResult => {
  requireTensor(operation, x)
  if (isScalarAxis(axis, x.rank)) {
    const { values, indices } = ordered(operation, reshape(x, [1]), 0, descending, count)
    return { values: reshape(values, []), indices: reshape(indices, []) }
  }
  const place = normalizeAxis(operation, axis, x.rank)
  const size = x.shape[place] ?? 0
  const [values, indices] = apply('sort', [x], { axis: place, descending, count: count ?? size })
  if (values === undefined || indices === undefined) throw new RangeError('sort: the op gave no places')
  return { values, indices }
}

/**
 * Sorts along an axis, stably; NaN counts as greatest.
 *
 * @param x - a tensor
 * @param options - `axis` (default −1), `descending` (default false)
 * @returns values and int32 places
 *
 * @example
 * ```ts
 * import { sort, tensor } from '@chainrule/tensor'
 * console.log(sort(tensor([3, 1, 2])).indices.toString()) // tensor([1, 2, 0], int32)
 * ```
 */
export const sort = (x: Tensor, { axis = -1, descending = false }: SortOptions = {}): SortResult =>
  ordered('sort', x, axis, descending, undefined)

/**
 * Places that would sort along an axis, stably.
 *
 * @param x - a tensor
 * @param options - `axis` (default −1), `descending` (default false)
 * @returns int32 places
 *
 * @example
 * ```ts
 * import { argsort, tensor } from '@chainrule/tensor'
 * console.log(argsort(tensor([3, 1, 2])).toString()) // tensor([1, 2, 0], int32)
 * ```
 */
export const argsort = (x: Tensor, { axis = -1, descending = false }: SortOptions = {}): Tensor =>
  ordered('argsort', x, axis, descending, undefined).indices

/**
 * The k greatest (or smallest) elements along an axis, in order.
 *
 * @param x - a tensor
 * @param k - how many
 * @param options - `axis` (default −1), `largest` (default true)
 * @returns values and int32 places
 * @throws ArgumentError when k is larger than the axis
 *
 * @example
 * ```ts
 * import { tensor, topK } from '@chainrule/tensor'
 * console.log(topK(tensor([3, 1, 2]), 2).values.toString()) // tensor([3, 2], float32)
 * ```
 */
export const topK = (x: Tensor, k: number, { axis = -1, largest = true }: TopKOptions = {}): SortResult => {
  requireTensor('topK', x)
  const size = x.rank === 0 ? 1 : (x.shape[normalizeAxis('topK', axis, x.rank)] ?? 0)
  if (!Number.isInteger(k) || k < 0 || k > size) {
    throw new ArgumentError(`topK: got k = ${k}, expected a whole number in 0 … ${size}, the size of axis ${axis}.`)
  }
  return ordered('topK', x, axis, largest, k)
}
