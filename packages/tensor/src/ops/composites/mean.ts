import { applyComposite, type Composite } from '../../composite.js'
import { count, div, input, stage } from '../../expression/builders.js'
import { div as divide } from '../arithmetic.js'
import type { Tensor } from '../../tensor.js'
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

const elementsOf = (x: Tensor, axes: readonly number[]): number =>
  axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1)

/** mean x = Σ x / n in one row kernel. */
export const meanComposite: Composite<ReductionOptions> = {
  name: 'mean',
  meaning: ([x], { axes, keepDims }) =>
    x === undefined ? [] : [divide(sum(x, axes, { keepDims }), elementsOf(x, axes))],
  fused: {
    infer: ([x], { axes, keepDims }) =>
      x === undefined ? [] : [{ shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype }],
    lower: (build, { axes }) => {
      launchRow(build, structure(build.layout(0).dtype), axes)
    },
  },
  // Linear; of no element it is NaN, but nothing moves it: the sum over no tangent is 0.
  jvp: ({ options }, [tangent]) => {
    if (tangent === undefined) return [undefined]
    const { axes, keepDims } = options
    return elementsOf(tangent, axes) === 0
      ? [sum(tangent, axes, { keepDims })]
      : applyComposite(meanComposite, [tangent], options)
  },
}
