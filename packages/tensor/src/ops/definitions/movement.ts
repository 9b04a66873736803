import { ShapeError } from '../../errors.js'
import type { OpDefinition } from '../../op-table.js'
import { broadcastStrides, denseStrides, isDense, showShape, sizeOf } from '../../shape.js'
import type { TensorLayout } from '../../tensor-layout.js'
import type { Tensor } from '../../tensor.js'
import type { Lowering } from '../../lowering.js'

const only = (inputs: readonly Tensor[]): Tensor => {
  const [x] = inputs
  if (x === undefined) throw new RangeError('movement: takes one operand')
  return x
}

/** Materializes the view of the input; what a device without storage aliasing would do. */
const copyView =
  <Attributes>(view: (input: TensorLayout, attributes: Attributes) => TensorLayout) =>
  (build: Lowering, attributes: Attributes): void => {
    build.copy(view(build.layout(0), attributes), build.input(0), build.result(), build.output(0))
  }

const permuteView = (input: TensorLayout, { axes }: { axes: readonly number[] }): TensorLayout => ({
  dtype: input.dtype,
  shape: axes.map((axis) => input.shape[axis] ?? 1),
  strides: axes.map((axis) => input.strides[axis] ?? 0),
  offset: input.offset,
})

const broadcastView = (input: TensorLayout, { shape }: { shape: readonly number[] }): TensorLayout => ({
  dtype: input.dtype,
  shape,
  strides: broadcastStrides(input.shape, input.strides, shape),
  offset: input.offset,
})

interface SliceAttributes {
  readonly starts: readonly number[]
  readonly lengths: readonly number[]
  readonly steps: readonly number[]
}

const sliceView = (input: TensorLayout, { starts, lengths, steps }: SliceAttributes): TensorLayout => ({
  dtype: input.dtype,
  shape: lengths,
  strides: input.strides.map((stride, axis) => stride * (steps[axis] ?? 1)),
  offset: lengths.includes(0)
    ? input.offset
    : input.strides.reduce((offset, stride, axis) => offset + stride * (starts[axis] ?? 0), input.offset),
})

/**
 * Strides of a reshaped view, without a copy, where the old axes can be regrouped: each run of old axes that is
 * contiguous in memory may be cut anew.
 */
const reshapeStrides = (input: TensorLayout, shape: readonly number[]): readonly number[] | undefined => {
  if (isDense(input.shape, input.strides)) return denseStrides(shape)
  const old = input.shape
    .map((length, axis) => ({ length, stride: input.strides[axis] ?? 0 }))
    .filter(({ length }) => length !== 1)
  const strides = new Array<number>(shape.length).fill(0)
  let from = old.length - 1
  let to = shape.length - 1
  while (to >= 0) {
    if (shape[to] === 1) {
      to -= 1
      continue
    }
    let run = old[from]
    if (run === undefined) return undefined
    let available = run.length
    const innermost = run.stride
    let wanted = shape[to] ?? 1
    let step = innermost
    strides[to] = step
    while (available !== wanted) {
      if (available < wanted) {
        const outer = old[from - 1]
        if (outer === undefined || run === undefined || outer.stride !== run.stride * run.length) return undefined
        from -= 1
        run = outer
        available *= outer.length
      } else {
        step = innermost * wanted
        to -= 1
        const next = shape[to]
        if (next === undefined) return undefined
        strides[to] = step
        wanted *= next
      }
    }
    from -= 1
    to -= 1
  }
  return strides
}

const reshapeView = (input: TensorLayout, { shape }: { shape: readonly number[] }): TensorLayout | undefined => {
  const strides = reshapeStrides(input, shape)
  return strides && { dtype: input.dtype, shape, strides, offset: input.offset }
}

/** The same elements; `copy` gives them memory of their own. */
export const identityDefinition: OpDefinition<'identity'> = {
  infer: (inputs) => [only(inputs)],
  view: (input, { copy }) => (copy ? undefined : input),
  lower: copyView((input: TensorLayout) => input),
}

/** Axes in another order, as a view. */
export const permuteDefinition: OpDefinition<'permute'> = {
  infer: (inputs, { axes }) => {
    const { shape, dtype } = only(inputs)
    return [{ shape: axes.map((axis) => shape[axis] ?? 1), dtype }]
  },
  view: permuteView,
  lower: copyView(permuteView),
}

/** Another shape for the same elements: a view where the memory allows, else a copy. */
export const reshapeDefinition: OpDefinition<'reshape'> = {
  infer: (inputs, { shape }) => {
    const x = only(inputs)
    if (sizeOf(shape) !== x.size) {
      throw new ShapeError(
        `reshape: got ${showShape(x.shape)} (${x.size} elements) to ${showShape(shape)} (${sizeOf(shape)}), ` +
          'expected the same number of elements. One size may be -1 to be worked out.',
      )
    }
    return [{ shape, dtype: x.dtype }]
  },
  view: reshapeView,
  lower: (build, { shape }) => {
    const { dtype } = build.result()
    const input = build.layout(0)
    const view = reshapeView(input, { shape })
    if (view !== undefined) build.copy(view, build.input(0), build.result(), build.output(0))
    else {
      const target = { dtype, shape: input.shape, strides: denseStrides(input.shape), offset: 0 }
      build.copy(input, build.input(0), target, build.output(0))
    }
  },
}

/** Repeats along axes of size 1, as a view. */
export const broadcastToDefinition: OpDefinition<'broadcastTo'> = {
  infer: (inputs, { shape }) => {
    const x = only(inputs)
    const lead = shape.length - x.rank
    if (lead < 0 || x.shape.some((length, axis) => length !== 1 && length !== shape[lead + axis])) {
      throw new ShapeError(
        `broadcastTo: got ${showShape(x.shape)} to ${showShape(shape)}, expected each size from the right to be the same or 1. ` +
          'Reshape or unsqueeze first.',
      )
    }
    return [{ shape, dtype: x.dtype }]
  },
  view: broadcastView,
  lower: copyView(broadcastView),
}

/** Evenly spaced places along each axis, as a view. */
export const sliceDefinition: OpDefinition<'slice'> = {
  infer: (inputs, { lengths }) => [{ shape: lengths, dtype: only(inputs).dtype }],
  view: sliceView,
  lower: copyView(sliceView),
}
