import { applyOne } from '../apply.js'
import { ArgumentError, ShapeError } from '../errors.js'
import { requireTensor } from '../require-tensor.js'
import { normalizeAxis, sameShape, showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { checkIndex } from './definitions/indexing.js'
import { arange } from './sequence.js'
import { equal, greaterEqual, lessEqual, where } from './comparison.js'
import { broadcastTo, unsqueeze } from './movement.js'
import { sliceAxis } from './slicing.js'
import { zeros } from './creation.js'
import { detach } from './placement.js'
import { requireOptions } from '../require-options.js'
import { add } from './arithmetic.js'

/** Cuts every axis but one to the sizes of the index, as PyTorch's gather and scatter allow. */
const cutTo = (operation: string, x: Tensor, index: Tensor, axis: number): Tensor => {
  if (index.rank !== x.rank || index.shape.some((size, place) => place !== axis && size > (x.shape[place] ?? 0))) {
    throw new ShapeError(
      `${operation}: got a tensor of ${showShape(x.shape)} and an index of ${showShape(index.shape)}, expected the same rank ` +
        `and no larger sizes except along axis ${axis}.`,
    )
  }
  return index.shape.reduce<Tensor>(
    (cut, size, place) => (place === axis || size === cut.shape[place] ? cut : sliceAxis(cut, place, 0, size)),
    x,
  )
}

/**
 * Element by element along an axis: result[.., i, ..] = x[.., index[.., i, ..], ..].
 *
 * @param x - a tensor
 * @param axis - the axis to look along
 * @param index - int32 places, of the rank of x, no larger except along the axis
 * @returns a tensor of the shape of the index
 * @throws ShapeError, DTypeError; IndexError on CPU devices when a place is outside the axis
 * @see https://pytorch.org/docs/stable/generated/torch.gather.html
 *
 * @example
 * ```ts
 * import { gather, tensor } from '@chainrule/tensor'
 * const index = tensor([[1], [0]], { dtype: 'int32' })
 * console.log(gather(tensor([[1, 2], [3, 4]]), 1, index).toString())
 * // tensor([[2],
 * //         [3]], float32)
 * ```
 */
export const gather = (x: Tensor, axis: number, index: Tensor): Tensor => {
  requireTensor('gather', x)
  const place = normalizeAxis('gather', axis, x.rank)
  checkIndex('gather', index)
  return applyOne('gather', [cutTo('gather', x, index, place), index], { mode: 'along', axis: place })
}

/**
 * `gather` with NumPy's argument order; the index broadcasts with x except along the axis.
 *
 * @param x - a tensor
 * @param index - int32 places
 * @param axis - the axis to look along
 * @returns a tensor of the broadcast shape of the index
 *
 * @example
 * ```ts
 * import { argsort, takeAlongAxis, tensor } from '@chainrule/tensor'
 * const x = tensor([3, 1, 2])
 * console.log(takeAlongAxis(x, argsort(x, { axis: 0 }), 0).toString()) // tensor([1, 2, 3], float32)
 * ```
 */
export const takeAlongAxis = (x: Tensor, index: Tensor, axis: number): Tensor => {
  requireTensor('takeAlongAxis', x)
  const place = normalizeAxis('takeAlongAxis', axis, x.rank)
  checkIndex('takeAlongAxis', index)
  const along = (tensor: Tensor, other: Tensor): readonly number[] =>
    tensor.shape.map((size, dimension) => (dimension === place || size !== 1 ? size : (other.shape[dimension] ?? 1)))
  if (index.rank !== x.rank) {
    throw new ShapeError(
      `takeAlongAxis: got a tensor of ${showShape(x.shape)} and an index of ${showShape(index.shape)}, expected the same rank.`,
    )
  }
  return gather(broadcastTo(x, along(x, index)), place, broadcastTo(index, along(index, x)))
}

/**
 * Whole slices at places along an axis.
 *
 * @param x - a tensor
 * @param axis - the axis
 * @param index - int32 places, 1-D
 * @returns x with the axis replaced by the chosen slices
 * @throws ShapeError when the index is not 1-D; IndexError on CPU devices when a place is outside the axis
 *
 * @example
 * ```ts
 * import { indexSelect, tensor } from '@chainrule/tensor'
 * const index = tensor([2, 0], { dtype: 'int32' })
 * console.log(indexSelect(tensor([10, 20, 30]), 0, index).toString()) // tensor([30, 10], float32)
 * ```
 */
export const indexSelect = (x: Tensor, axis: number, index: Tensor): Tensor => {
  requireTensor('indexSelect', x)
  checkIndex('indexSelect', index)
  if (index.rank !== 1) {
    throw new ShapeError(
      `indexSelect: got an index of ${showShape(index.shape)}, expected one axis. Use gather or embedding.`,
    )
  }
  return applyOne('gather', [x, index], { mode: 'take', axis: normalizeAxis('indexSelect', axis, x.rank) })
}

/**
 * x with source added: result[.., index[.., i, ..], ..] += source[.., i, ..]. Deterministic.
 *
 * @param x - a tensor
 * @param axis - the axis
 * @param index - int32 places, of the rank of x
 * @param source - of at least the shape of the index
 * @returns a tensor of the shape of x
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.scatter_add_.html
 *
 * @example
 * ```ts
 * import { scatterAdd, tensor, zeros } from '@chainrule/tensor'
 * const index = tensor([0, 2, 2], { dtype: 'int32' })
 * console.log(scatterAdd(zeros([3]), 0, index, tensor([1, 2, 3])).toString()) // tensor([1, 0, 5], float32)
 * ```
 */
export const scatterAdd = (x: Tensor, axis: number, index: Tensor, source: Tensor): Tensor => {
  requireTensor('scatterAdd', x)
  requireTensor('scatterAdd', source)
  checkIndex('scatterAdd', index)
  const place = normalizeAxis('scatterAdd', axis, x.rank)
  const fitted = cutTo('scatterAdd', source, index, -1)
  const target = cutTo('scatterAdd', x, index, place)
  if (sameShape(target.shape, x.shape)) {
    return applyOne('scatterAdd', [x, index, fitted], { mode: 'along', axis: place })
  }
  // The index covers only a corner of x: add there, and leave the rest.
  const empty = zeros(target.shape, { dtype: x.dtype, device: x.device })
  const corner = applyOne('scatterAdd', [empty, index, fitted], { mode: 'along', axis: place })
  const before = x.shape.map(() => 0)
  return add(x, applyOne('pad', [corner], { shape: x.shape, before, steps: x.shape.map(() => 1), value: 0 }))
}

/** Options of `embedding`. */
export interface EmbeddingLookupOptions {
  /** The row of padding, which gets no gradient; negative counts from the end. Default none. */
  readonly paddingIdx?: number
}

/**
 * Rows of a weight by number.
 *
 * @param ids - int32, any shape
 * @param weight - [count, width]
 * @param options - `paddingIdx` (default none), the row that gets no gradient
 * @returns [...ids.shape, width]
 * @throws ArgumentError when the padding is no row; IndexError on CPU devices when a number has no row
 *
 * @example
 * ```ts
 * import { embedding, eye, tensor } from '@chainrule/tensor'
 * console.log(embedding(tensor([2, 0], { dtype: 'int32' }), eye(3)).shape) // [2, 3]
 * ```
 */
export const embedding = (ids: Tensor, weight: Tensor, options: EmbeddingLookupOptions = {}): Tensor => {
  requireOptions('embedding', [options], 2, { paddingIdx: 'place' })
  requireTensor('embedding', weight)
  if (weight.rank !== 2) {
    throw new ShapeError(`embedding: got a weight of ${showShape(weight.shape)}, expected [count, width].`)
  }
  checkIndex('embedding', ids)
  const rows = applyOne('gather', [weight, ids], { mode: 'take', axis: 0 })
  const { paddingIdx } = options
  if (paddingIdx === undefined) return rows
  const [count = 0] = weight.shape
  if (!Number.isInteger(paddingIdx) || paddingIdx < -count || paddingIdx >= count) {
    throw new ArgumentError(
      `embedding: got paddingIdx ${paddingIdx}, expected a row in ${-count} … ${count - 1}. Choose one, or leave it out.`,
    )
  }
  // The value is the same on both sides; only the gradient is not.
  const isPadding = equal(unsqueeze(ids, -1), paddingIdx < 0 ? paddingIdx + count : paddingIdx)
  return where(isPadding, detach(rows), rows)
}

const triangle = (operation: string, x: Tensor, diagonal: number, keep: typeof lessEqual): Tensor => {
  requireTensor(operation, x)
  if (x.rank < 2) throw new ShapeError(`${operation}: got ${showShape(x.shape)}, expected at least two axes.`)
  if (!Number.isInteger(diagonal)) {
    throw new ArgumentError(`${operation}: got diagonal ${diagonal}, expected a whole number. 0 is the main diagonal.`)
  }
  const rows = unsqueeze(arange(x.shape[x.rank - 2] ?? 0, { device: x.device }), 1)
  const columns = arange(x.shape[x.rank - 1] ?? 0, { device: x.device })
  const kept = where(keep(columns, add(rows, diagonal)), x, x.dtype === 'bool' ? false : 0)
  return kept
}

/**
 * The lower triangle of the last two axes; zeros above.
 *
 * @param x - [..., m, n]
 * @param diagonal - the last diagonal to keep: 0 the main one, positive above it. Default 0
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { ones, tril } from '@chainrule/tensor'
 * console.log(tril(ones([2, 2])).sum().toString()) // tensor(3, float32)
 * ```
 */
export const tril = (x: Tensor, diagonal = 0): Tensor => triangle('tril', x, diagonal, lessEqual)

/**
 * The upper triangle of the last two axes; zeros below.
 *
 * @param x - [..., m, n]
 * @param diagonal - the first diagonal to keep: 0 the main one, positive above it. Default 0
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { ones, triu } from '@chainrule/tensor'
 * console.log(triu(ones([2, 2]), 1).sum().toString()) // tensor(1, float32)
 * ```
 */
export const triu = (x: Tensor, diagonal = 0): Tensor => triangle('triu', x, diagonal, greaterEqual)
