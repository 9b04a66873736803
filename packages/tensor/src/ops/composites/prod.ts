import type { Composite } from '../../composite.js'
import { cast, input, stage } from '../../expression/builders.js'
import { accumulatedType, reducedShape } from '../definitions/reduce.js'
import { mul } from '../arithmetic.js'
import { concat } from '../assembly.js'
import { permute, reshape } from '../movement.js'
import { sliceAxis } from '../slicing.js'
import { ones } from '../creation.js'
import { sizeOf } from '../../shape.js'
import type { Tensor } from '../../tensor.js'
import { launchRow, rowStructure } from './fused-row.js'
import type { ReductionOptions } from './mean.js'

const structure = rowStructure((dtype) => {
  const counted = accumulatedType(dtype)
  return {
    inputs: [dtype],
    stages: [{ reduction: 'prod', expression: cast(input(0, dtype), counted) }],
    outputs: [{ per: 'row', expression: stage(0, counted) }],
  }
})

/** Product along the last axis by halves: log₂ n multiplications of ever shorter tensors. */
const productByHalves = (rows: Tensor): Tensor => {
  const length = rows.shape[1] ?? 0
  if (length === 1) return rows
  const even =
    length % 2 === 0
      ? rows
      : concat([rows, ones([rows.shape[0] ?? 0, 1], { dtype: rows.dtype, device: rows.device })], 1)
  const half = Math.ceil(length / 2)
  return productByHalves(mul(sliceAxis(even, 1, 0, half), sliceAxis(even, 1, half, half)))
}

/**
 * Π x in one row kernel. Its meaning multiplies by halves, so that the chain rule over it gives every partial product
 * without dividing by x: right where elements are 0, and to any order.
 */
export const prodComposite: Composite<ReductionOptions> = {
  name: 'prod',
  meaning: ([x], { axes, keepDims }) => {
    if (x === undefined) return []
    const counted = x.dtype === 'bool' ? x.to('int32') : x
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
    const rows = sizeOf(kept.map((axis) => x.shape[axis] ?? 1))
    const length = sizeOf(axes.map((axis) => x.shape[axis] ?? 1))
    const shape = reducedShape(x.shape, axes, keepDims)
    if (length === 0) return [ones(shape, { dtype: counted.dtype, device: x.device })]
    return [reshape(productByHalves(reshape(permute(counted, [...kept, ...axes]), [rows, length])), shape)]
  },
  fused: {
    infer: ([x], { axes, keepDims }) =>
      x === undefined ? [] : [{ shape: reducedShape(x.shape, axes, keepDims), dtype: accumulatedType(x.dtype) }],
    lower: (build, { axes }) => {
      launchRow(build, structure(build.layout(0).dtype), axes)
    },
  },
}
