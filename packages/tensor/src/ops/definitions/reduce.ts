import { ArgumentError } from '../../errors.js'
import type { DType } from '../../dtype.js'
import { cast, input, stage } from '../../expression/builders.js'
import type { Reduction, RowSpace, RowStructure } from '../../kernel.js'
import type { OpDefinition } from '../../op-table.js'
import { denseStrides, showShape } from '../../shape.js'
import type { TensorLayout } from '../../tensor-layout.js'

/** Shape after a reduction. */
export const reducedShape = (
  shape: readonly number[],
  axes: readonly number[],
  keepDims: boolean,
): readonly number[] =>
  keepDims
    ? shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
    : shape.filter((_, axis) => !axes.includes(axis))

/** Dtype of a sum or product: bool counts in int32. */
export const accumulatedType = (dtype: DType): DType => (dtype === 'bool' ? 'int32' : dtype)

/** The index space of a row kernel over operands of one shape: kept axes first, then the reduced ones. */
export const rowSpace = (
  inputs: readonly TensorLayout[],
  axes: readonly number[],
  outputs: readonly ('row' | 'element')[],
): RowSpace => {
  const shape = inputs[0]?.shape ?? []
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const order = [...kept, ...axes]
  const keptShape = kept.map((axis) => shape[axis] ?? 1)
  const dense = denseStrides(shape)
  const pick = (strides: readonly number[]): number[] => order.map((axis) => strides[axis] ?? 0)
  return {
    shape: order.map((axis) => shape[axis] ?? 1),
    kept: kept.length,
    inputs: inputs.map(({ strides, offset }) => ({ strides: pick(strides), offset })),
    outputs: outputs.map((per) => ({
      strides: per === 'row' ? denseStrides(keptShape) : pick(dense),
      offset: 0,
    })),
  }
}

const structures = new Map<string, RowStructure>()

const structureOf = (reduction: Reduction, dtype: DType): RowStructure => {
  const key = `${reduction} ${dtype}`
  const known = structures.get(key)
  if (known !== undefined) return known
  const places = reduction === 'argmax' || reduction === 'argmin'
  const accumulated = reduction === 'sum' || reduction === 'prod' ? accumulatedType(dtype) : dtype
  const made: RowStructure = {
    inputs: [dtype],
    stages: [{ reduction, expression: cast(input(0, dtype), accumulated) }],
    outputs: [{ per: 'row', expression: stage(0, places ? 'int32' : accumulated) }],
  }
  structures.set(key, made)
  return made
}

/** Sum, product, maximum and minimum over any axes: one row kernel. */
export const reduceDefinition: OpDefinition<'reduce'> = {
  infer: ([x], { reduction, axes, keepDims }) => {
    const { shape, dtype } = x ?? { shape: [], dtype: 'float32' }
    const extreme = reduction === 'max' || reduction === 'min'
    if (extreme && axes.some((axis) => shape[axis] === 0)) {
      throw new ArgumentError(
        `${reduction}: got shape ${showShape(shape)} with an empty axis to reduce, expected at least one element. ` +
          'An empty maximum has no value; reduce other axes.',
      )
    }
    return [{ shape: reducedShape(shape, axes, keepDims), dtype: extreme ? dtype : accumulatedType(dtype) }]
  },
  lower: (build, { reduction, axes }) => {
    build.launch(
      {
        kind: 'row',
        structure: structureOf(reduction, build.layout(0).dtype),
        spaces: [rowSpace(build.inputs, axes, ['row'])],
      },
      [build.input(0)],
      [build.output(0)],
    )
  },
}

/** Place of the maximum or minimum: one row kernel. */
export const argReduceDefinition: OpDefinition<'argReduce'> = {
  infer: ([x], { reduction, axes, keepDims }) => {
    const shape = x?.shape ?? []
    if (axes.some((axis) => shape[axis] === 0)) {
      throw new ArgumentError(
        `${reduction}: got shape ${showShape(shape)}, expected at least one element along the axis. Reduce another axis.`,
      )
    }
    return [{ shape: reducedShape(shape, axes, keepDims), dtype: 'int32' }]
  },
  lower: (build, { reduction, axes }) => {
    build.launch(
      {
        kind: 'row',
        structure: structureOf(reduction, build.layout(0).dtype),
        spaces: [rowSpace(build.inputs, axes, ['row'])],
      },
      [build.input(0)],
      [build.output(0)],
    )
  },
}
