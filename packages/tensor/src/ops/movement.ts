import { applyOne } from '../apply.js'
import { applyComposite } from '../composite.js'
import { ArgumentError, ShapeError } from '../errors.js'
import { checkShape, normalizeAxes, normalizeAxis, sameShape, showShape, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { splitComposite } from './composites/split.js'
import { promoteAll } from './promotion.js'
import { requireFits } from './require-fits.js'

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
  requireList('broadcastTo', shape)
  const lead = shape.length - x.rank
  const target = shape.map((length, axis) => (length === -1 ? (x.shape[axis - lead] ?? -1) : length))
  checkShape('broadcastTo', target)
  return sameShape(target, x.shape) ? x : applyOne('broadcastTo', [x], { shape: target })
}

/** Places along one axis: first, how many, step. */
interface Range {
  readonly start: number
  readonly length: number
  readonly step: number
}

const wholeAxis = (length: number): Range => ({ start: 0, length, step: 1 })

const sliceRanges = (x: Tensor, ranges: readonly Range[]): Tensor =>
  ranges.every(({ start, length, step }, axis) => start === 0 && step === 1 && length === x.shape[axis])
    ? x
    : applyOne('slice', [x], {
        starts: ranges.map(({ start }) => start),
        lengths: ranges.map(({ length }) => length),
        steps: ranges.map(({ step }) => step),
      })

/** Python's rule for start:end:step. */
const pythonRange = (length: number, start: number | undefined, end: number | undefined, step: number): Range => {
  const limit = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)
  const wrap = (value: number): number => (value < 0 ? value + length : value)
  if (step > 0) {
    const from = limit(wrap(start ?? 0), 0, length)
    const to = limit(wrap(end ?? length), 0, length)
    return { start: from, length: Math.max(0, Math.ceil((to - from) / step)), step }
  }
  const from = limit(start === undefined ? length - 1 : wrap(start), -1, length - 1)
  const to = end === undefined ? -1 : limit(wrap(end), -1, length - 1)
  return { start: from, length: Math.max(0, Math.ceil((to - from) / step)), step }
}

/**
 * Part of a tensor along each axis, by Python's start:end:step, as a view.
 *
 * @param x - a tensor
 * @param starts - first place along each axis; negative counts from the end; missing axes are taken whole
 * @param ends - place after the last; undefined or null for the end of the axis
 * @param steps - step along each axis, negative to go backwards. Default 1
 * @returns a view
 * @throws ArgumentError when a step is 0 or there are more ranges than axes
 *
 * @example
 * ```ts
 * import { arange, slice } from '@chainrule/tensor'
 * console.log(slice(arange(6), [1], [5], [2]).toString()) // tensor([1, 3], int32)
 * ```
 */
export const slice = (
  x: Tensor,
  starts: readonly (number | null | undefined)[],
  ends: readonly (number | null | undefined)[] = [],
  steps: readonly number[] = [],
): Tensor => {
  if (
    Math.max(starts.length, ends.length, steps.length) > x.rank ||
    ![...starts, ...ends].every((place) => place === undefined || place === null || Number.isInteger(place)) ||
    steps.some((step) => !Number.isInteger(step) || step === 0)
  ) {
    const show = (list: readonly unknown[]): string => `[${list.map(String).join(', ')}]`
    throw new ArgumentError(
      `slice: got starts ${show(starts)}, ends ${show(ends)} and steps ${show(steps)} for shape ${showShape(x.shape)}, ` +
        'expected whole places, at most one range for each axis, and whole steps other than 0.',
    )
  }
  return sliceRanges(
    x,
    x.shape.map((length, axis) =>
      pythonRange(length, starts[axis] ?? undefined, ends[axis] ?? undefined, steps[axis] ?? 1),
    ),
  )
}

/** `length` places from `start` on along one axis, unchecked. */
export const sliceAxis = (x: Tensor, axis: number, start: number, length: number): Tensor =>
  sliceRanges(
    x,
    x.shape.map((size, place) => (place === axis ? { start, length, step: 1 } : wholeAxis(size))),
  )

/**
 * `length` places from `start` on along an axis, as a view.
 *
 * @param x - a tensor
 * @param axis - the axis
 * @param start - first place; negative counts from the end
 * @param length - how many
 * @returns a view
 * @throws ShapeError when the range leaves the axis
 *
 * @example
 * ```ts
 * import { arange, narrow } from '@chainrule/tensor'
 * console.log(narrow(arange(5), 0, 1, 3).toString()) // tensor([1, 2, 3], int32)
 * ```
 */
export const narrow = (x: Tensor, axis: number, start: number, length: number): Tensor => {
  const place = normalizeAxis('narrow', axis, x.rank)
  const size = x.shape[place] ?? 0
  const from = start < 0 ? start + size : start
  if (!Number.isInteger(from) || !Number.isInteger(length) || from < 0 || length < 0 || from + length > size) {
    throw new ShapeError(
      `narrow: got places ${start} to ${start + length} along axis ${axis}, expected them within its size ${size}.`,
    )
  }
  return sliceAxis(x, place, from, length)
}

/**
 * One place along an axis, which goes away; a view.
 *
 * @param x - a tensor
 * @param axis - the axis
 * @param index - the place; negative counts from the end
 * @returns a view of lower rank
 * @throws ShapeError when the place is outside the axis
 *
 * @example
 * ```ts
 * import { select, tensor } from '@chainrule/tensor'
 * console.log(select(tensor([[1, 2], [3, 4]]), 0, -1).toString()) // tensor([3, 4], float32)
 * ```
 */
export const select = (x: Tensor, axis: number, index: number): Tensor => {
  const place = normalizeAxis('select', axis, x.rank)
  const size = x.shape[place] ?? 0
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new ShapeError(`select: got place ${index} along axis ${axis}, expected one in ${-size} … ${size - 1}.`)
  }
  return reshape(
    sliceAxis(x, place, index < 0 ? index + size : index, 1),
    x.shape.filter((_, other) => other !== place),
  )
}

/**
 * Tensors one after another along an axis; dtypes promote.
 *
 * @param tensors - at least one; sizes agree except along the axis
 * @param axis - the axis. Default 0
 * @returns the concatenation
 * @throws ShapeError when the sizes differ elsewhere
 *
 * @example
 * ```ts
 * import { concat, tensor } from '@chainrule/tensor'
 * console.log(concat([tensor([1]), tensor([2, 3])]).toString()) // tensor([1, 2, 3], float32)
 * ```
 */
export const concat = (tensors: readonly Tensor[], axis = 0): Tensor => {
  const [first] = tensors
  if (first === undefined) throw new ArgumentError('concat: got no tensor, expected at least one.')
  const place = normalizeAxis('concat', axis, first.rank)
  for (const tensor of tensors) {
    if (
      tensor.rank !== first.rank ||
      tensor.shape.some((size, other) => other !== place && size !== first.shape[other])
    ) {
      throw new ShapeError(
        `concat: got shapes ${tensors.map(({ shape }) => showShape(shape)).join(', ')}, expected equal sizes except along axis ${place}.`,
      )
    }
  }
  return tensors.length === 1 ? first : applyOne('concat', promoteAll(tensors), { axis: place })
}

/**
 * Tensors of one shape along a new axis.
 *
 * @param tensors - at least one, of one shape
 * @param axis - place of the new axis. Default 0
 * @returns a tensor of one rank more
 * @throws ShapeError when the shapes differ
 *
 * @example
 * ```ts
 * import { stack, tensor } from '@chainrule/tensor'
 * console.log(stack([tensor([1, 2]), tensor([3, 4])]).shape) // [2, 2]
 * ```
 */
export const stack = (tensors: readonly Tensor[], axis = 0): Tensor => {
  const [first] = tensors
  if (first === undefined) throw new ArgumentError('stack: got no tensor, expected at least one.')
  if (tensors.some(({ shape }) => !sameShape(shape, first.shape))) {
    throw new ShapeError(
      `stack: got shapes ${tensors.map(({ shape }) => showShape(shape)).join(', ')}, expected one shape. Use concat to join along an axis.`,
    )
  }
  const place = normalizeAxis('stack', axis, first.rank + 1)
  return concat(
    tensors.map((tensor) => unsqueeze(tensor, place)),
    place,
  )
}

/**
 * Cuts along an axis into pieces of given sizes, as views.
 *
 * @param x - a tensor
 * @param size - size of each piece (the last may be smaller), or the list of sizes
 * @param axis - the axis. Default 0
 * @returns the pieces
 * @throws ArgumentError when listed sizes do not add up
 *
 * @example
 * ```ts
 * import { arange, split } from '@chainrule/tensor'
 * console.log(split(arange(5), 2).map((piece) => piece.size)) // [2, 2, 1]
 * ```
 */
export const split = (x: Tensor, size: number | readonly number[], axis = 0): Tensor[] => {
  const place = normalizeAxis('split', axis, x.rank)
  const total = x.shape[place] ?? 0
  if (typeof size === 'number' && (!Number.isInteger(size) || size < 1)) {
    throw new ArgumentError(`split: got pieces of ${size}, expected a whole size of at least 1.`)
  }
  const sizes =
    typeof size === 'number'
      ? Array.from({ length: Math.max(1, Math.ceil(total / size)) }, (_, piece) => Math.min(size, total - piece * size))
      : size
  const areSizes = sizes.every((length) => Number.isInteger(length) && length >= 0)
  if (!areSizes || sizes.reduce((sum, length) => sum + length, 0) !== total) {
    throw new ArgumentError(
      `split: got sizes ${showShape(sizes)}, expected whole sizes that add up to ${total}, the size of axis ${axis}.`,
    )
  }
  return [...applyComposite(splitComposite, [x], { axis: place, sizes })]
}

/**
 * Cuts along an axis into at most so many pieces of equal size (the last may be smaller), as views.
 *
 * @param x - a tensor
 * @param chunks - how many pieces at most
 * @param axis - the axis. Default 0
 * @returns the pieces
 *
 * @example
 * ```ts
 * import { arange, chunk } from '@chainrule/tensor'
 * console.log(chunk(arange(6), 2).map((piece) => piece.size)) // [3, 3]
 * ```
 */
export const chunk = (x: Tensor, chunks: number, axis = 0): Tensor[] => {
  if (!Number.isInteger(chunks) || chunks < 1) {
    throw new ArgumentError(`chunk: got ${chunks} chunks, expected a whole number of at least 1.`)
  }
  const place = normalizeAxis('chunk', axis, x.rank)
  return split(x, Math.max(1, Math.ceil((x.shape[place] ?? 0) / chunks)), place)
}

/** Options of `pad`. */
export interface PadOptions {
  /** What to pad with. Default 0. */
  readonly value?: number
}

/**
 * Adds elements before and after along each axis.
 *
 * @param x - a tensor
 * @param padding - [before, after] for each axis; negative numbers crop
 * @param options - `value` (default 0)
 * @returns the padded tensor
 * @throws ArgumentError when there is not one pair for each axis
 *
 * @example
 * ```ts
 * import { pad, tensor } from '@chainrule/tensor'
 * console.log(pad(tensor([1, 2]), [[1, 2]]).toString()) // tensor([0, 1, 2, 0, 0], float32)
 * ```
 */
export const pad = (
  x: Tensor,
  padding: readonly (readonly [number, number])[],
  { value = 0 }: PadOptions = {},
): Tensor => {
  if (padding.length !== x.rank || padding.some((pair) => pair.length !== 2 || !pair.every(Number.isInteger))) {
    throw new ArgumentError(
      `pad: got ${padding.length} pairs for shape ${showShape(x.shape)}, expected one pair [before, after] of whole numbers for each axis.`,
    )
  }
  requireFits('pad', value, x.dtype)
  const kept = x.shape.map((length, axis) => {
    const [before, after] = padding[axis] ?? [0, 0]
    const start = Math.max(0, -before)
    return { start, length: length - start - Math.max(0, -after), step: 1 }
  })
  if (kept.some(({ length }) => length < 0)) {
    throw new ShapeError(
      `pad: got padding ${JSON.stringify(padding)} for shape ${showShape(x.shape)}, which crops more than there is, expected less. ` +
        'Use narrow to take a part.',
    )
  }
  const cropped = sliceRanges(x, kept)
  const before = padding.map(([first]) => Math.max(0, first))
  const shape = cropped.shape.map((length, axis) => length + (before[axis] ?? 0) + Math.max(0, padding[axis]?.[1] ?? 0))
  if (sameShape(shape, cropped.shape)) return cropped
  return applyOne('pad', [cropped], { shape, before, steps: before.map(() => 1), value })
}

/**
 * Reverses axes, as a view.
 *
 * @param x - a tensor
 * @param axis - axis or axes
 * @returns a view
 *
 * @example
 * ```ts
 * import { flip, tensor } from '@chainrule/tensor'
 * console.log(flip(tensor([1, 2, 3]), 0).toString()) // tensor([3, 2, 1], float32)
 * ```
 */
export const flip = (x: Tensor, axis: number | readonly number[]): Tensor => {
  const axes = normalizeAxes('flip', axis, x.rank)
  return sliceRanges(
    x,
    x.shape.map((length, place) =>
      axes.includes(place) && length > 0 ? { start: length - 1, length, step: -1 } : wholeAxis(length),
    ),
  )
}

/**
 * Repeats the whole tensor along each axis.
 *
 * @param x - a tensor
 * @param repeats - how often along each axis; missing axes in front count as 1
 * @returns the tiled tensor
 *
 * @example
 * ```ts
 * import { tensor, tile } from '@chainrule/tensor'
 * console.log(tile(tensor([1, 2]), [2]).toString()) // tensor([1, 2, 1, 2], float32)
 * ```
 */
export const tile = (x: Tensor, repeats: readonly number[]): Tensor => {
  checkShape('tile', repeats)
  const rank = Math.max(x.rank, repeats.length)
  const front = (list: readonly number[]): number[] => [...new Array<number>(rank - list.length).fill(1), ...list]
  const sizes = front(x.shape)
  const times = front(repeats)
  const apart = reshape(
    x,
    sizes.flatMap((size) => [1, size]),
  )
  const repeated = broadcastTo(
    apart,
    sizes.flatMap((size, axis) => [times[axis] ?? 1, size]),
  )
  return reshape(
    repeated,
    sizes.map((size, axis) => size * (times[axis] ?? 1)),
  )
}
