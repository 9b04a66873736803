import { applyOne } from '../apply.js'
import { ArgumentError, ShapeError } from '../errors.js'
import { requireTensor } from '../require-tensor.js'
import { checkShape, normalizeAxis, sameShape, showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { slice } from './slicing.js'
import { promoteAll } from './promotion.js'
import { requireFits } from './require-fits.js'
import { broadcastTo, reshape, unsqueeze } from './movement.js'

/** Refuses what is not a list of tensors. */
const requireTensors = (operation: string, tensors: unknown): void => {
  if (!Array.isArray(tensors)) {
    throw new ArgumentError(
      `${operation}: got something other than a list, expected a list of tensors. Pass them as [a, b].`,
    )
  }
  for (const tensor of tensors) requireTensor(operation, tensor)
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
  requireTensors('concat', tensors)
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
  requireTensors('stack', tensors)
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
  requireTensor('pad', x)
  if (padding.length !== x.rank || padding.some((pair) => pair.length !== 2 || !pair.every(Number.isInteger))) {
    throw new ArgumentError(
      `pad: got ${padding.length} pairs for shape ${showShape(x.shape)}, expected one pair [before, after] of whole numbers for each axis.`,
    )
  }
  requireFits('pad', value, x.dtype)
  const kept = x.shape.map((length, axis) => {
    const [before, after] = padding[axis] ?? [0, 0]
    return { start: Math.max(0, -before), end: length - Math.max(0, -after) }
  })
  if (kept.some(({ start, end }) => end < start)) {
    throw new ShapeError(
      `pad: got padding ${JSON.stringify(padding)} for shape ${showShape(x.shape)}, which crops more than there is, expected less. ` +
        'Use narrow to take a part.',
    )
  }
  const cropped = slice(
    x,
    kept.map(({ start }) => start),
    kept.map(({ end }) => end),
  )
  const before = padding.map(([first]) => Math.max(0, first))
  const shape = cropped.shape.map((length, axis) => length + (before[axis] ?? 0) + Math.max(0, padding[axis]?.[1] ?? 0))
  if (sameShape(shape, cropped.shape)) return cropped
  return applyOne('pad', [cropped], { shape, before, steps: before.map(() => 1), value })
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
  requireTensor('tile', x)
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
