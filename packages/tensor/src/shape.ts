import { ArgumentError, ShapeError } from './errors.js'

/** Number of elements of a shape; 1 for rank 0. */
export const sizeOf = (shape: readonly number[]): number => {
  let size = 1
  for (const length of shape) size *= length
  return size
}

/** Row-major strides of a dense tensor. */
export const denseStrides = (shape: readonly number[]): number[] => {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= shape[axis] ?? 1
  }
  return strides
}

/** Whether walking these strides in row-major order steps through memory one by one. */
export const isDense = (shape: readonly number[], strides: readonly number[]): boolean => {
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1
    if (length === 0) return true
    if (length !== 1 && strides[axis] !== step) return false
    step *= length
  }
  return true
}

/** Whether two shapes are the same. */
export const sameShape = (left: readonly number[], right: readonly number[]): boolean =>
  left.length === right.length && left.every((length, axis) => length === right[axis])

/** Text of a shape for messages: `[2, 3]`. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`

/** Checks that a list is a shape: whole numbers, none negative. */
export const checkShape = (operation: string, shape: readonly number[]): void => {
  if (!Array.isArray(shape)) {
    throw new ShapeError(`${operation}: got ${String(shape)} as a shape, expected a list of sizes such as [2, 3].`)
  }
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new ShapeError(
        `${operation}: got shape ${showShape(shape)}, expected whole numbers of at least 0. Check the sizes.`,
      )
    }
  }
}

/** Turns a negative axis into its place from the front, or throws. */
export const normalizeAxis = (operation: string, axis: number, rank: number): number => {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const expected = rank === 0 ? 'no axis at all (the tensor is a scalar)' : `an axis in ${-rank} … ${rank - 1}`
    throw new ShapeError(`${operation}: got axis ${axis}, expected ${expected}. Pass an axis of the tensor.`)
  }
  return axis < 0 ? axis + rank : axis
}

/** Whether an axis is the one that a scalar may be asked for, 0 or −1, as PyTorch: its only element lies along it. */
export const isScalarAxis = (axis: number, rank: number): boolean => rank === 0 && (axis === 0 || axis === -1)

/** An axis of a reduction as the list of what is reduced: nothing, for that of a scalar. */
export const reducedAxis = (operation: string, axis: number, rank: number): number[] =>
  isScalarAxis(axis, rank) ? [] : [normalizeAxis(operation, axis, rank)]

/** Axes of a reduction, sorted and without repeats; all of them when none is given. */
export const normalizeAxes = (
  operation: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] => {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis)
  const given = typeof axes === 'number' ? [axes] : axes
  const isList: boolean = Array.isArray(given)
  if (!isList) {
    throw new ArgumentError(`${operation}: got ${String(axes)} as axes, expected a number or a list such as [0, 1].`)
  }
  const list = given.flatMap((axis) => reducedAxis(operation, axis, rank))
  if (new Set(list).size !== list.length) {
    throw new ArgumentError(`${operation}: got axes ${showShape(list)}, expected each axis once. Remove the repeats.`)
  }
  return list.sort((a, b) => a - b)
}

/** Shape of the result of broadcasting, by NumPy's rule: sizes agree from the right, or one of them is 1. */
export const broadcastShapes = (operation: string, shapes: readonly (readonly number[])[]): readonly number[] => {
  const first = shapes[0] ?? []
  if (shapes.every((shape) => sameShape(shape, first))) return first
  const rank = Math.max(...shapes.map((shape) => shape.length))
  const result = new Array<number>(rank).fill(1)
  for (const shape of shapes) {
    for (let axis = 0; axis < shape.length; axis++) {
      const place = rank - shape.length + axis
      const length = shape[axis] ?? 1
      if (length === 1) continue
      if (result[place] !== 1 && result[place] !== length) {
        throw new ShapeError(
          `${operation}: shapes do not broadcast: ${shapes.map(showShape).join(' and ')} (axis ${place - rank}: ` +
            `${result[place]} ≠ ${length}). Sizes must agree from the right, or one of them be 1; reshape or unsqueeze.`,
        )
      }
      result[place] = length
    }
  }
  return result
}

/** Strides with which a tensor walks a larger shape that it broadcasts to. */
export const broadcastStrides = (
  shape: readonly number[],
  strides: readonly number[],
  target: readonly number[],
): readonly number[] => {
  if (shape.length === target.length && sameShape(shape, target)) return strides
  const lead = target.length - shape.length
  return target.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : (strides[axis - lead] ?? 0)))
}
