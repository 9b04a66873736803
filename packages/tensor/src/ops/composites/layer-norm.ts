import { applyComposite, type Composite } from '../../composite.js'
import { cellSlot, count, add, div, input, mul, sqrt, stage, sub } from '../../expression/builders.js'
import type { Cell } from '../../cell.js'
import { mul as times, sub as minus } from '../arithmetic.js'
import { mean, variance } from '../statistics.js'
import { add as plus, rsqrt } from '../arithmetic.js'
import { launchRow, rowStructure } from './fused-row.js'
import type { Tensor } from '../../tensor.js'

/** Axes that are normalized, and the number added to the variance. */
export interface NormalizeOptions {
  readonly axes: readonly number[]
  readonly eps: number | Cell
}

const sameAsFirst = ([x]: readonly Tensor[]): readonly Tensor[] => (x === undefined ? [] : [x])

/** Stages: sum, sum of squared deviations; output (x − mean) / √(variance + eps). */
const normalizeStructure = rowStructure((dtype) => {
  const mu = div(stage(0, dtype), count(dtype))
  const deviation = sub(input(0, dtype), mu)
  const spread = sqrt(add(div(stage(1, dtype), count(dtype)), cellSlot(0, dtype)))
  return {
    inputs: [dtype],
    stages: [
      { reduction: 'sum', expression: input(0, dtype) },
      { reduction: 'sum', expression: mul(deviation, deviation) },
    ],
    outputs: [{ per: 'element', expression: div(deviation, spread) }],
  }
})

/** Inputs x and the gradient g of n = (x − mean) / σ; output (g − mean g − n · mean (g n)) / σ. */
const gradientStructure = rowStructure((dtype) => {
  const x = input(0, dtype)
  const g = input(1, dtype)
  const mu = div(stage(0, dtype), count(dtype))
  const deviation = sub(x, mu)
  const spread = sqrt(add(div(stage(1, dtype), count(dtype)), cellSlot(0, dtype)))
  const normal = div(deviation, spread)
  const meanGradient = div(stage(2, dtype), count(dtype))
  const meanProduct = div(stage(3, dtype), count(dtype))
  return {
    inputs: [dtype, dtype],
    stages: [
      { reduction: 'sum', expression: x },
      { reduction: 'sum', expression: mul(deviation, deviation) },
      { reduction: 'sum', expression: g },
      { reduction: 'sum', expression: mul(g, normal) },
    ],
    outputs: [{ per: 'element', expression: div(sub(sub(g, meanGradient), mul(normal, meanProduct)), spread) }],
  }
})

const normalized = (x: Tensor, { axes, eps }: NormalizeOptions): { normal: Tensor; inverse: Tensor } => {
  const deviation = minus(x, mean(x, axes, { keepDims: true }))
  const inverse = rsqrt(plus(variance(x, axes, { correction: 0, keepDims: true }), eps))
  return { normal: times(deviation, inverse), inverse }
}

/** The gradient of `normalize`: (g − mean g − n · mean (g n)) / σ, in one row kernel. */
export const normalizeGradientComposite: Composite<NormalizeOptions> = {
  name: 'normalizeGradient',
  meaning: ([x, g], options) => {
    if (x === undefined || g === undefined) return []
    const { normal, inverse } = normalized(x, options)
    const kept = { keepDims: true }
    const centred = minus(g, mean(g, options.axes, kept))
    return [times(minus(centred, times(normal, mean(times(g, normal), options.axes, kept))), inverse)]
  },
  fused: {
    infer: sameAsFirst,
    lower: (build, { axes, eps }) => {
      launchRow(build, gradientStructure(build.layout(0).dtype), axes, [eps])
    },
  },
}

/** (x − mean) / √(variance + eps) over axes, with the biased variance, in one row kernel: layer, group and batch norm. */
export const normalizeComposite: Composite<NormalizeOptions> = {
  name: 'normalize',
  meaning: ([x], options) => (x === undefined ? [] : [normalized(x, options).normal]),
  fused: {
    infer: sameAsFirst,
    lower: (build, { axes, eps }) => {
      launchRow(build, normalizeStructure(build.layout(0).dtype), axes, [eps])
    },
  },
  saves: { inputs: [0], outputs: [] },
  vjp: ({ inputs: [x], options }, [g]) =>
    x === undefined || g === undefined ? [undefined] : applyComposite(normalizeGradientComposite, [x, g], options),
  // The Jacobian is symmetric: (I − 1/n − n nᵀ/n) / σ.
  jvp: ({ inputs: [x], options }, [t]) =>
    x === undefined || t === undefined ? [undefined] : applyComposite(normalizeGradientComposite, [x, t], options),
}
