import { applyOne } from '../apply.js'
import { applyComposite } from '../composite.js'
import { ArgumentError, ShapeError } from '../errors.js'
import { requireTensor } from '../require-tensor.js'
import { normalizeAxes, normalizeAxis, showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { splitComposite } from './composites/split.js'
import { reshape } from './movement.js'

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
  requireTensor('slice', x)
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
  requireTensor('narrow', x)
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
  requireTensor('select', x)
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
  requireTensor('split', x)
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
  requireTensor('flip', x)
  const axes = normalizeAxes('flip', axis, x.rank)
  return sliceRanges(
    x,
    x.shape.map((length, place) =>
      axes.includes(place) && length > 0 ? { start: length - 1, length, step: -1 } : wholeAxis(length),
    ),
  )
}
