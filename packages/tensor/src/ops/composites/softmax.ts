import type { Composite } from '../../composite.js'
import { div, exp, input, log, mul, stage, sub } from '../../expression/builders.js'
import { div as divide, mul as times, sub as minus } from '../arithmetic.js'
import { max, sum } from '../reduction.js'
import { exp as exponential, log as logarithm } from '../transcendental.js'
import { launchRow, rowStructure } from './fused-row.js'
import { applyComposite } from '../../composite.js'
import type { Tensor } from '../../tensor.js'

/** The axis that softmax normalizes, from the front. */
export interface SoftmaxOptions {
  readonly axis: number
}

/** x less its maximum along the axis, so that no exponential overflows; the shift cancels, also in the gradient. */
const shiftedOf = (x: Tensor, axis: number): Tensor => minus(x, max(x, axis, { keepDims: true }).detach())

const totalOf = (x: Tensor, axis: number): Tensor => sum(x, axis, { keepDims: true })

const sameAsFirst = ([x]: readonly Tensor[]): readonly Tensor[] => (x === undefined ? [] : [x])

const softmaxStructure = rowStructure((dtype) => {
  const power = exp(sub(input(0, dtype), stage(0, dtype)))
  return {
    inputs: [dtype],
    stages: [
      { reduction: 'max', expression: input(0, dtype) },
      { reduction: 'sum', expression: power },
    ],
    outputs: [{ per: 'element', expression: div(power, stage(1, dtype)) }],
  }
})

const logSoftmaxStructure = rowStructure((dtype) => {
  const shifted = sub(input(0, dtype), stage(0, dtype))
  return {
    inputs: [dtype],
    stages: [
      { reduction: 'max', expression: input(0, dtype) },
      { reduction: 'sum', expression: exp(shifted) },
    ],
    outputs: [{ per: 'element', expression: sub(shifted, log(stage(1, dtype))) }],
  }
})

/** Inputs: y = softmax(x), the gradient g. Output: y (g − Σ y g). */
const softmaxGradientStructure = rowStructure((dtype) => {
  const y = input(0, dtype)
  const g = input(1, dtype)
  return {
    inputs: [dtype, dtype],
    stages: [{ reduction: 'sum', expression: mul(y, g) }],
    outputs: [{ per: 'element', expression: mul(y, sub(g, stage(0, dtype))) }],
  }
})

/** Inputs: y = logSoftmax(x), the gradient g. Output: g − e^y Σ g. */
const logSoftmaxGradientStructure = rowStructure((dtype) => ({
  inputs: [dtype, dtype],
  stages: [{ reduction: 'sum', expression: input(1, dtype) }],
  outputs: [{ per: 'element', expression: sub(input(1, dtype), mul(exp(input(0, dtype)), stage(0, dtype))) }],
}))

/** ∂L/∂x = y (g − Σ y g), in one row kernel. */
export const softmaxGradientComposite: Composite<SoftmaxOptions> = {
  name: 'softmaxGradient',
  meaning: ([y, g], { axis }) =>
    y === undefined || g === undefined ? [] : [times(y, minus(g, sum(times(y, g), axis, { keepDims: true })))],
  fused: {
    infer: sameAsFirst,
    lower: (build, { axis }) => {
      launchRow(build, softmaxGradientStructure(build.layout(0).dtype), [axis])
    },
  },
}

/** ∂L/∂x = g − e^y Σ g, in one row kernel. */
export const logSoftmaxGradientComposite: Composite<SoftmaxOptions> = {
  name: 'logSoftmaxGradient',
  meaning: ([y, g], { axis }) =>
    y === undefined || g === undefined ? [] : [minus(g, times(exponential(y), sum(g, axis, { keepDims: true })))],
  fused: {
    infer: sameAsFirst,
    lower: (build, { axis }) => {
      launchRow(build, logSoftmaxGradientStructure(build.layout(0).dtype), [axis])
    },
  },
}

/** softmax(x) = e^(x − m) / Σ e^(x − m), in one row kernel. */
export const softmaxComposite: Composite<SoftmaxOptions> = {
  name: 'softmax',
  meaning: ([x], { axis }) => {
    if (x === undefined) return []
    const powers = exponential(shiftedOf(x, axis))
    return [divide(powers, totalOf(powers, axis))]
  },
  fused: {
    infer: sameAsFirst,
    lower: (build, { axis }) => {
      launchRow(build, softmaxStructure(build.layout(0).dtype), [axis])
    },
  },
  saves: { inputs: [], outputs: [0] },
  vjp: ({ outputs: [y], options }, [g]) =>
    y === undefined || g === undefined ? [undefined] : applyComposite(softmaxGradientComposite, [y, g], options),
  // The Jacobian diag(y) − y yᵀ is symmetric.
  jvp: ({ outputs: [y], options }, [t]) =>
    y === undefined || t === undefined ? [undefined] : applyComposite(softmaxGradientComposite, [y, t], options),
}

/** logSoftmax(x) = x − m − ln Σ e^(x − m), in one row kernel. */
export const logSoftmaxComposite: Composite<SoftmaxOptions> = {
  name: 'logSoftmax',
  meaning: ([x], { axis }) => {
    if (x === undefined) return []
    const shifted = shiftedOf(x, axis)
    return [minus(shifted, logarithm(totalOf(exponential(shifted), axis)))]
  },
  fused: {
    infer: sameAsFirst,
    lower: (build, { axis }) => {
      launchRow(build, logSoftmaxStructure(build.layout(0).dtype), [axis])
    },
  },
  saves: { inputs: [], outputs: [0] },
  vjp: ({ outputs: [y], options }, [g]) =>
    y === undefined || g === undefined ? [undefined] : applyComposite(logSoftmaxGradientComposite, [y, g], options),
  jvp: ({ outputs: [y], options: { axis } }, [t]) =>
    y === undefined || t === undefined
      ? [undefined]
      : [minus(t, sum(times(exponential(y), t), axis, { keepDims: true }))],
}
