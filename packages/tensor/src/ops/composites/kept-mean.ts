import { applyComposite, type Composite } from '../../composite.js'
import {
  cast,
  cellSlot,
  constant,
  div,
  equal,
  type Expression,
  input,
  like,
  stage,
  where,
} from '../../expression/builders.js'
import type { DType } from '../../dtype.js'
import type { RowStage } from '../../kernel.js'
import type { Tensor } from '../../tensor.js'
import { div as divide } from '../arithmetic.js'
import { equal as equals, notEqual, where as choose } from '../comparison.js'
import { sum } from '../reduction.js'
import { launchRow, rowStructure } from './fused-row.js'

/** The target of elements that do not count. */
export interface KeptMeanOptions {
  readonly ignoreIndex: number
}

const every = (x: { readonly shape: readonly number[] }): readonly number[] => x.shape.map((_, axis) => axis)

const isIgnored = (target: number): Expression => equal(input(target, 'int32'), cellSlot(0, 'int32'))

/** How many count, as a stage: in int32, which stays exact. */
const counting = (target: number): RowStage => ({
  reduction: 'sum',
  expression: where(isIgnored(target), constant(0, 'int32'), constant(1, 'int32')),
})

/** Inputs: losses, targets. Output: Σ losses / number of targets that count. */
const meanStructure = rowStructure((dtype) => ({
  inputs: [dtype, 'int32'],
  stages: [
    { reduction: 'sum', expression: where(isIgnored(1), like(input(0, dtype), 0), input(0, dtype)) },
    counting(1),
  ],
  outputs: [{ per: 'row', expression: div(stage(0, dtype), cast(stage(1, 'int32'), dtype)) }],
}))

/** Inputs: the gradient of the mean, targets. Output: gradient / number for what counts, else 0. */
const gradientStructure = rowStructure((dtype) => {
  const g = input(0, dtype)
  return {
    inputs: [dtype, 'int32'],
    stages: [counting(1)],
    outputs: [{ per: 'element', expression: where(isIgnored(1), like(g, 0), div(g, cast(stage(0, 'int32'), dtype))) }],
  }
})

const counted = (target: Tensor, dtype: DType, { ignoreIndex }: KeptMeanOptions): Tensor =>
  sum(notEqual(target, ignoreIndex)).to(dtype)

/** The gradient of `keptMean`, in one row kernel. Inputs: the gradient, of the shape of the targets, and those. */
export const keptMeanGradientComposite: Composite<KeptMeanOptions> = {
  name: 'keptMeanGradient',
  meaning: ([g, target], options) =>
    g === undefined || target === undefined
      ? []
      : [choose(notEqual(target, options.ignoreIndex), divide(g, counted(target, g.dtype, options)), 0)],
  fused: {
    infer: ([g]) => (g === undefined ? [] : [g]),
    lower: (build, { ignoreIndex }) => {
      const layout = build.layout(0)
      launchRow(build, gradientStructure(layout.dtype), every(layout), [ignoreIndex])
    },
  },
}

/** Mean of the losses whose target is not the ignored one, in one row kernel; NaN when none counts, as PyTorch. */
export const keptMeanComposite: Composite<KeptMeanOptions> = {
  name: 'keptMean',
  meaning: ([losses, target], options) => {
    if (losses === undefined || target === undefined) return []
    const total = sum(choose(notEqual(target, options.ignoreIndex), losses, 0))
    const count = counted(target, losses.dtype, options)
    const isEmpty = equals(count, 0)
    // A constant where none counts: 0 / 0 would have an infinite slope.
    return [choose(isEmpty, Number.NaN, divide(total, choose(isEmpty, 1, count)))]
  },
  fused: {
    infer: ([losses]) => (losses === undefined ? [] : [{ shape: [], dtype: losses.dtype }]),
    lower: (build, { ignoreIndex }) => {
      const layout = build.layout(0)
      launchRow(build, meanStructure(layout.dtype), every(layout), [ignoreIndex])
    },
  },
  saves: { inputs: [1], outputs: [] },
  vjp: ({ inputs: [, target], options }, [g]) =>
    target === undefined || g === undefined
      ? [undefined, undefined]
      : [...applyComposite(keptMeanGradientComposite, [g.broadcastTo(target.shape), target], options), undefined],
  // Σ t / number of what counts: the gradient kernel with the tangent in the place of the gradient, summed; 0 when none counts.
  jvp: ({ inputs: [, target], options }, [t]) =>
    target === undefined || t === undefined
      ? [undefined]
      : applyComposite(keptMeanGradientComposite, [t, target], options).map((share) => sum(share)),
}
