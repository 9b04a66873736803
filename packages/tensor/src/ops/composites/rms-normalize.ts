import { applyComposite, type Composite } from '../../composite.js'
import { add, cellSlot, count, div, input, mul, sqrt, stage, sub } from '../../expression/builders.js'
import type { Tensor } from '../../tensor.js'
import { add as plus, mul as times, rsqrt, square, sub as minus } from '../arithmetic.js'
import { mean } from '../statistics.js'
import { launchRow, rowStructure } from './fused-row.js'
import type { NormalizeOptions } from './layer-norm.js'

const sameAsFirst = ([x]: readonly Tensor[]): readonly Tensor[] => (x === undefined ? [] : [x])

/** Stage: sum of squares; output x / √(mean x² + eps). */
const rmsStructure = rowStructure((dtype) => {
  const x = input(0, dtype)
  const size = sqrt(add(div(stage(0, dtype), count(dtype)), cellSlot(0, dtype)))
  return {
    inputs: [dtype],
    stages: [{ reduction: 'sum', expression: mul(x, x) }],
    outputs: [{ per: 'element', expression: div(x, size) }],
  }
})

/** Inputs x and the gradient g of n = x / r; output (g − n · mean (g n)) / r. */
const rmsGradientStructure = rowStructure((dtype) => {
  const x = input(0, dtype)
  const g = input(1, dtype)
  const size = sqrt(add(div(stage(0, dtype), count(dtype)), cellSlot(0, dtype)))
  const normal = div(x, size)
  const meanProduct = div(stage(1, dtype), count(dtype))
  return {
    inputs: [dtype, dtype],
    stages: [
      { reduction: 'sum', expression: mul(x, x) },
      { reduction: 'sum', expression: mul(g, normal) },
    ],
    outputs: [{ per: 'element', expression: div(sub(g, mul(normal, meanProduct)), size) }],
  }
})

const inverseSize = (x: Tensor, { axes, eps }: NormalizeOptions): Tensor =>
  rsqrt(plus(mean(square(x), axes, { keepDims: true }), eps))

/** The gradient of `rmsNormalize`: (g − n · mean (g n)) / r, in one row kernel. */
export const rmsNormalizeGradientComposite: Composite<NormalizeOptions> = {
  name: 'rmsNormalizeGradient',
  meaning: ([x, g], options) => {
    if (x === undefined || g === undefined) return []
    const inverse = inverseSize(x, options)
    const normal = times(x, inverse)
    return [times(minus(g, times(normal, mean(times(g, normal), options.axes, { keepDims: true }))), inverse)]
  },
  fused: {
    infer: sameAsFirst,
    lower: (build, { axes, eps }) => {
      launchRow(build, rmsGradientStructure(build.layout(0).dtype), axes, [eps])
    },
  },
}

/** x / √(mean x² + eps) over axes, in one row kernel. */
export const rmsNormalizeComposite: Composite<NormalizeOptions> = {
  name: 'rmsNormalize',
  meaning: ([x], options) => (x === undefined ? [] : [times(x, inverseSize(x, options))]),
  fused: {
    infer: sameAsFirst,
    lower: (build, { axes, eps }) => {
      launchRow(build, rmsStructure(build.layout(0).dtype), axes, [eps])
    },
  },
  saves: { inputs: [0], outputs: [] },
  vjp: ({ inputs: [x], options }, [g]) =>
    x === undefined || g === undefined ? [undefined] : applyComposite(rmsNormalizeGradientComposite, [x, g], options),
  // The Jacobian is symmetric: (I − n nᵀ/n) / r.
  jvp: ({ inputs: [x], options }, [t]) =>
    x === undefined || t === undefined ? [undefined] : applyComposite(rmsNormalizeGradientComposite, [x, t], options),
}
