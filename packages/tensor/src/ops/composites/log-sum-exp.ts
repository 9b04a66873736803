import type { Composite } from '../../composite.js'
import type { Tensor } from '../../tensor.js'
import { abs, add, exp, input, less, like, log, stage, sub, where } from '../../expression/builders.js'
import type { Expression } from '../../expression/expression.js'
import { add as plus, mul, sub as minus } from '../arithmetic.js'
import { isfinite, where as choose } from '../comparison.js'
import { reducedShape } from '../definitions/reduce.js'
import { reshape } from '../movement.js'
import { max, sum } from '../reduction.js'
import { exp as exponential, log as logarithm } from '../transcendental.js'
import { launchRow, rowStructure } from './fused-row.js'
import type { ReductionOptions } from './mean.js'

/** A finite shift: the maximum where it is finite, else 0, so that ±infinity does not turn into NaN by ∞ − ∞. */
const finiteShift = (peak: Expression): Expression =>
  where(less(abs(peak), like(peak, Number.POSITIVE_INFINITY)), peak, like(peak, 0))

const structure = rowStructure((dtype) => {
  const peak = finiteShift(stage(0, dtype))
  return {
    inputs: [dtype],
    stages: [
      { reduction: 'max', expression: input(0, dtype) },
      { reduction: 'sum', expression: exp(sub(input(0, dtype), peak)) },
    ],
    outputs: [{ per: 'row', expression: add(log(stage(1, dtype)), peak) }],
  }
})

const keepShape = (x: Tensor, axes: readonly number[]): readonly number[] => reducedShape(x.shape, axes, true)

/** ∂y/∂x = softmax(x) = e^(x − y); 0 where every element is −∞. */
const partialOf = (x: Tensor, y: Tensor, axes: readonly number[]): Tensor =>
  exponential(minus(x, reshape(choose(isfinite(y), y, 0), keepShape(x, axes))))

/** ln Σ eˣ = m + ln Σ e^(x − m), m the maximum, in one row kernel. */
export const logSumExpComposite: Composite<ReductionOptions> = {
  name: 'logSumExp',
  meaning: ([x], { axes, keepDims }) => {
    if (x === undefined) return []
    const empty = axes.some((axis) => x.shape[axis] === 0)
    if (empty) return [logarithm(sum(exponential(x), axes, { keepDims }))]
    const peak = max(x, axes, { keepDims: true }).detach()
    const shift = choose(isfinite(peak), peak, 0)
    const result = plus(logarithm(sum(exponential(minus(x, shift)), axes, { keepDims: true })), shift)
    return [keepDims ? result : reshape(result, reducedShape(x.shape, axes, false))]
  },
  fused: {
    infer: ([x], { axes, keepDims }) =>
      x === undefined ? [] : [{ shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype }],
    lower: (build, { axes }) => {
      launchRow(build, structure(build.layout(0).dtype), axes)
    },
  },
  vjp: ({ inputs: [x], outputs: [y], options: { axes } }, [gradient]) =>
    x === undefined || y === undefined || gradient === undefined
      ? [undefined]
      : [mul(reshape(gradient, keepShape(x, axes)), partialOf(x, y, axes))],
  // Not that of the meaning: its 1 / Σ e^(x − m) is infinite where every element is −∞.
  jvp: ({ inputs: [x], outputs: [y], options: { axes, keepDims } }, [tangent]) =>
    x === undefined || y === undefined || tangent === undefined
      ? [undefined]
      : [sum(mul(tangent, partialOf(x, y, axes)), axes, { keepDims })],
}
