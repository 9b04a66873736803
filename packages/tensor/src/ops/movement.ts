import { applyOne } from '../apply.js'
import { ArgumentError, ShapeError } from '../errors.js'
import { requireTensor } from '../require-tensor.js'
import { checkShape, normalizeAxes, normalizeAxis, sameShape, showShape, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'

/** Refuses what is no list, before anything is looked up in it. */
const requireList = (operation: string, shape: readonly number[]): void => {
  if (!Array.isArray(shape)) checkShape(operation, shape)
}

/**
 * Another shape for the same elements, in row-major order; a view where the memory allows.
 *
 * @param x - a tensor
 * @param shape - the new sizes; one may be −1 and is worked out
 * @returns a tensor of the new shape
 * @throws ShapeError when the number of elements differs
 *
 * @example
 * ```ts
 * import { arange, reshape } from '@chainrule/tensor'
 * console.log(reshape(arange(6), [2, -1]).shape) // [2, 3]
 * ```
 */
export const reshape = (x: Tensor, shape: readonly number[]): Tensor => {
  requireTensor('reshape', x)
  requireList('reshape', shape)
  const unknown = shape.indexOf(-1)
  let target = shape
  if (unknown >= 0) {
    const known = sizeOf(shape.filter((_, axis) => axis !== unknown))
    const length = known === 0 ? 0 : x.size / known
    if (!Number.isInteger(length) || shape.lastIndexOf(-1) !== unknown || (known === 0 && x.size !== 0)) {
      throw new ShapeError(
        `reshape: got ${showShape(x.shape)} (${x.size} elements) to ${showShape(shape)}, expected one -1 at most and sizes ` +
          'that divide the number of elements.',
      )
    }
    target = shape.map((size, axis) => (axis === unknown ? length : size))
  }
  checkShape('reshape', target)
  return sameShape(target, x.shape) ? x : applyOne('reshape', [x], { shape: target })
}

/**
 * Joins axes `startAxis … endAxis` into one.
 *
 * @param x - a tensor
 * @param startAxis - first axis to join. Default 0
 * @param endAxis - last axis to join. Default −1
 * @returns a tensor with those axes as one
 *
 * @example
 * ```ts
 * import { flatten, zeros } from '@chainrule/tensor'
 * console.log(flatten(zeros([2, 3, 4]), 1).shape) // [2, 12]
 * ```
 */
export const flatten = (x: Tensor, startAxis = 0, endAxis = -1): Tensor => {
  requireTensor('flatten', x)
  if (x.rank === 0) return reshape(x, [1])
  const start = normalizeAxis('flatten', startAxis, x.rank)
  const end = normalizeAxis('flatten', endAxis, x.rank)
  if (start > end)
    throw new ArgumentError(`flatten: got axes ${start} to ${end}, expected the first not after the last.`)
  return reshape(x, [...x.shape.slice(0, start), sizeOf(x.shape.slice(start, end + 1)), ...x.shape.slice(end + 1)])
}

/**
 * Axes in another order, as a view.
 *
 * @param x - a tensor
 * @param axes - for each new axis the old one it comes from
 * @returns a view
 * @throws ArgumentError when `axes` does not name each axis once
 *
 * @example
 * ```ts
 * import { permute, zeros } from '@chainrule/tensor'
 * console.log(permute(zeros([2, 3, 4]), [2, 0, 1]).shape) // [4, 2, 3]
 * ```
 */
export const permute = (x: Tensor, axes: readonly number[]): Tensor => {
  requireTensor('permute', x)
  const isList: boolean = Array.isArray(axes)
  if (!isList) {
    throw new ArgumentError(`permute: got ${String(axes)} as axes, expected a list such as [1, 0].`)
  }
  const order = axes.map((axis) => normalizeAxis('permute', axis, x.rank))
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new ArgumentError(
      `permute: got axes ${showShape(axes)} for shape ${showShape(x.shape)}, expected each of its ${x.rank} axes once.`,
    )
  }
  return order.every((axis, place) => axis === place) ? x : applyOne('permute', [x], { axes: order })
}

/**
 * Two axes exchanged, as a view.
 *
 * @param x - a tensor
 * @param a - an axis
 * @param b - another
 * @returns a view
 *
 * @example
 * ```ts
 * import { tensor, transpose } from '@chainrule/tensor'
 * console.log(transpose(tensor([[1, 2], [3, 4]]), 0, 1).toString())
 * // tensor([[1, 3],
 * //         [2, 4]], float32)
 * ```
 */
export const transpose = (x: Tensor, a: number, b: number): Tensor => {
  requireTensor('transpose', x)
  const first = normalizeAxis('transpose', a, x.rank)
  const second = normalizeAxis('transpose', b, x.rank)
  return permute(
    x,
    x.shape.map((_, axis) => (axis === first ? second : axis === second ? first : axis)),
  )
}

/**
 * Removes axes of size 1.
 *
 * @param x - a tensor
 * @param axis - axis or axes to remove where their size is 1; all such axes when undefined
 * @returns a tensor of lower rank
 *
 * @example
 * ```ts
 * import { squeeze, zeros } from '@chainrule/tensor'
 * console.log(squeeze(zeros([1, 3, 1])).shape) // [3]
 * ```
 */
export const squeeze = (x: Tensor, axis?: number | readonly number[]): Tensor => {
  requireTensor('squeeze', x)
  const chosen = axis === undefined ? x.shape.map((_, place) => place) : normalizeAxes('squeeze', axis, x.rank)
  return reshape(
    x,
    x.shape.filter((length, place) => length !== 1 || !chosen.includes(place)),
  )
}

/**
 * Inserts an axis of size 1.
 *
 * @param x - a tensor
 * @param axis - its place in the result
 * @returns a tensor of higher rank
 *
 * @example
 * ```ts
 * import { unsqueeze, zeros } from '@chainrule/tensor'
 * console.log(unsqueeze(zeros([3]), -1).shape) // [3, 1]
 * ```
 */
export const unsqueeze = (x: Tensor, axis: number): Tensor => {
  requireTensor('unsqueeze', x)
  const place = normalizeAxis('unsqueeze', axis, x.rank + 1)
  return reshape(x, [...x.shape.slice(0, place), 1, ...x.shape.slice(place)])
}

/**
 * Repeats axes of size 1, and adds axes in front, as a view.
 *
 * @param x - a tensor
 * @param shape - the target; −1 keeps a size
 * @returns a view of the target shape
 * @throws ShapeError when a size is neither the same nor 1
 *
 * @example
 * ```ts
 * import { broadcastTo, tensor } from '@chainrule/tensor'
 * console.log(broadcastTo(tensor([1, 2]), [3, 2]).shape) // [3, 2]
 * ```
 */
export const broadcastTo = (x: Tensor, shape: readonly number[]): Tensor => {
  requireTensor('broadcastTo', x)
  requireList('broadcastTo', shape)
  const lead = shape.length - x.rank
  const target = shape.map((length, axis) => (length === -1 ? (x.shape[axis - lead] ?? -1) : length))
  checkShape('broadcastTo', target)
  return sameShape(target, x.shape) ? x : applyOne('broadcastTo', [x], { shape: target })
}
