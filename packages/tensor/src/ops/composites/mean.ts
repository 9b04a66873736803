import type { Composite } from '../../composite.js'
import { count, div, input, stage } from '../../expression/builders.js'
import { div as divide } from '../arithmetic.js'
import { reducedShape } from '../definitions/reduce.js'
import { sum } from '../reduction.js'
import { launchRow, rowStructure } from './fused-row.js'

/** Axes of a reduction, normalized. */
export interface ReductionOptions {
  readonly axes: readonly number[]
  readonly keepDims: boolean
}

const structure = rowStructure((dtype) => ({
  inputs: [dtype],
  stages: [{ reduction: 'sum', expression: input(0, dtype) }],
  outputs: [{ per: 'row', expression: div(stage(0, dtype), count(dtype)) }],
}))

/** mean x = Σ x / n in one row kernel. */
export const meanComposite: Composite<ReductionOptions> = {
  name: 'mean',
  meaning: ([x], { axes, keepDims }) => {
    if (x === undefined) return []
    const elements = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1)
    return [divide(sum(x, axes, { keepDims }), elements)]
  },
  fused: {
    infer: ([x], { axes, keepDims }) =>
      x === undefined ? [] : [{ shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype }],
    lower: (build, { axes }) => {
      launchRow(build, structure(build.layout(0).dtype), axes)
    },
  },
}
