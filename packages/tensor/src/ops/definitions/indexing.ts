import { DTypeError, ShapeError } from '../../errors.js'
import type { OpDefinition } from '../../op-table.js'
import { requireTensor } from '../../require-tensor.js'
import { sameShape, showShape, sizeOf } from '../../shape.js'
import type { Tensor } from '../../tensor.js'

/** Refuses an index that is not int32. */
export const checkIndex = (operation: string, index: Tensor): void => {
  requireTensor(operation, index)
  if (index.dtype !== 'int32') {
    throw new DTypeError(`${operation}: got an index of ${index.dtype}, expected int32. Convert with .to('int32').`)
  }
}

/** Outer × axis × inner sizes of a shape around an axis. */
export const aroundAxis = (shape: readonly number[], axis: number): { outer: number; inner: number } => ({
  outer: sizeOf(shape.slice(0, axis)),
  inner: sizeOf(shape.slice(axis + 1)),
})

/** Reads at places along an axis: one gather kernel. */
export const gatherDefinition: OpDefinition<'gather'> = {
  infer: ([source, index], { mode, axis }) => {
    if (source === undefined || index === undefined) throw new RangeError('gather: takes a source and an index')
    checkIndex('gather', index)
    if (mode === 'take') {
      const shape = [...source.shape.slice(0, axis), ...index.shape, ...source.shape.slice(axis + 1)]
      return [{ shape, dtype: source.dtype }]
    }
    const others = (shape: readonly number[]): readonly number[] => shape.filter((_, place) => place !== axis)
    if (index.rank !== source.rank || !sameShape(others(index.shape), others(source.shape))) {
      throw new ShapeError(
        `gather: got a source of ${showShape(source.shape)} and an index of ${showShape(index.shape)}, ` +
          `expected the same sizes except along axis ${axis}. Broadcast or slice one of them.`,
      )
    }
    return [{ shape: index.shape, dtype: source.dtype }]
  },
  lower: (build, { mode, axis }) => {
    const source = build.dense(0)
    const index = build.dense(1)
    const { shape, dtype } = build.layout(0)
    const indexShape = build.layout(1).shape
    build.launch(
      {
        kind: 'gather',
        structure: { mode, dtype },
        ...aroundAxis(shape, axis),
        axis: shape[axis] ?? 1,
        count: mode === 'take' ? sizeOf(indexShape) : (indexShape[axis] ?? 1),
        offsets: { source: source.offset, index: index.offset, output: 0 },
      },
      [source.operand, index.operand],
      [build.output(0)],
    )
  },
}

/** Adds at places along an axis: one scatter-add kernel. Inputs: base, index, source. */
export const scatterAddDefinition: OpDefinition<'scatterAdd'> = {
  infer: ([base, index, source], { mode, axis }) => {
    if (base === undefined || index === undefined || source === undefined) {
      throw new RangeError('scatterAdd: takes a base, an index and a source')
    }
    checkIndex('scatterAdd', index)
    const expected =
      mode === 'take' ? [...base.shape.slice(0, axis), ...index.shape, ...base.shape.slice(axis + 1)] : index.shape
    const fits = (x: Tensor): boolean =>
      x.shape.every((length, place) => place === axis || length === base.shape[place])
    if (!sameShape(source.shape, expected) || (mode === 'along' && (index.rank !== base.rank || !fits(index)))) {
      throw new ShapeError(
        `scatterAdd: got a base of ${showShape(base.shape)}, an index of ${showShape(index.shape)} and a source of ` +
          `${showShape(source.shape)}, expected a source of ${showShape(expected)} that agrees with the base except along axis ${axis}.`,
      )
    }
    if (source.dtype !== base.dtype) {
      throw new DTypeError(
        `scatterAdd: got ${source.dtype} into ${base.dtype}, expected one dtype. Convert with .to().`,
      )
    }
    return [base]
  },
  lower: (build, { mode, axis }) => {
    const base = build.dense(0)
    const index = build.dense(1)
    const source = build.dense(2)
    const { shape, dtype } = build.layout(0)
    const indexShape = build.layout(1).shape
    build.launch(
      {
        kind: 'scatterAdd',
        structure: { mode, dtype, hasBase: true },
        ...aroundAxis(shape, axis),
        axis: shape[axis] ?? 1,
        count: mode === 'take' ? sizeOf(indexShape) : (indexShape[axis] ?? 1),
        offsets: { source: source.offset, index: index.offset, base: base.offset, output: 0 },
      },
      [source.operand, index.operand, base.operand],
      [build.output(0)],
    )
  },
}
