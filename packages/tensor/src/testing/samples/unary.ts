import * as activation from '../../ops/activation.js'
import * as arithmetic from '../../ops/arithmetic.js'
import * as comparison from '../../ops/comparison.js'
import * as transcendental from '../../ops/transcendental.js'
import type { Tensor } from '../../tensor.js'
import { type OpSample, smooth } from '../op-sample.js'
import { real, type SpreadOptions, truth, whole } from '../sample-data.js'
import type { SampleInput } from '../sample-input.js'
import type { ToleranceClass } from '../tolerance.js'

/** An op of one tensor, where it is smooth, and how exact devices are in it. */
interface Unary {
  readonly op: string
  readonly run: (x: Tensor) => Tensor
  readonly domain?: SpreadOptions
  readonly tolerance: ToleranceClass
  /** False for results without gradients. */
  readonly hasGradient?: boolean
  /** Dtypes besides float32 that it takes. */
  readonly also?: readonly ('int32' | 'bool')[]
  /** Shown in the names, where one op appears with several settings. */
  readonly setting?: string
}

const steps = { low: -3.5, high: 3.5, avoid: [-3.5, -3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5] }
const bits = ['int32', 'bool'] as const

const ops: readonly Unary[] = [
  { op: 'neg', run: arithmetic.neg, tolerance: 'exact', also: ['int32'] },
  { op: 'abs', run: arithmetic.abs, domain: { avoid: [0] }, tolerance: 'exact', also: ['int32'] },
  { op: 'sign', run: arithmetic.sign, domain: { avoid: [0] }, tolerance: 'exact', also: ['int32'] },
  { op: 'square', run: arithmetic.square, tolerance: 'arithmetic', also: ['int32'] },
  {
    op: 'reciprocal',
    run: arithmetic.reciprocal,
    domain: { avoid: [0], margin: 0.2 },
    tolerance: 'arithmetic',
    also: ['int32'],
  },
  { op: 'sqrt', run: arithmetic.sqrt, domain: { low: 0.1, high: 4 }, tolerance: 'arithmetic', also: bits },
  { op: 'rsqrt', run: arithmetic.rsqrt, domain: { low: 0.1, high: 4 }, tolerance: 'arithmetic' },
  { op: 'floor', run: arithmetic.floor, domain: steps, tolerance: 'exact', also: ['int32'] },
  { op: 'ceil', run: arithmetic.ceil, domain: steps, tolerance: 'exact', also: ['int32'] },
  { op: 'round', run: arithmetic.round, domain: steps, tolerance: 'exact', also: ['int32'] },
  { op: 'exp', run: transcendental.exp, domain: { low: -4, high: 4 }, tolerance: 'transcendental', also: bits },
  {
    op: 'expm1',
    run: transcendental.expm1,
    domain: { low: -3, high: 3 },
    tolerance: 'transcendental',
    also: ['int32'],
  },
  { op: 'log', run: transcendental.log, domain: { low: 0.05, high: 6 }, tolerance: 'transcendental', also: ['int32'] },
  { op: 'log1p', run: transcendental.log1p, domain: { low: -0.9, high: 4 }, tolerance: 'transcendental' },
  { op: 'sin', run: transcendental.sin, domain: { low: -7, high: 7 }, tolerance: 'transcendental', also: ['int32'] },
  { op: 'cos', run: transcendental.cos, domain: { low: -7, high: 7 }, tolerance: 'transcendental', also: bits },
  { op: 'tan', run: transcendental.tan, domain: { low: -1.3, high: 1.3 }, tolerance: 'transcendental' },
  { op: 'asin', run: transcendental.asin, domain: { low: -0.95, high: 0.95 }, tolerance: 'transcendental' },
  { op: 'acos', run: transcendental.acos, domain: { low: -0.95, high: 0.95 }, tolerance: 'transcendental' },
  { op: 'atan', run: transcendental.atan, domain: { low: -5, high: 5 }, tolerance: 'transcendental', also: ['int32'] },
  {
    op: 'sinh',
    run: transcendental.sinh,
    domain: { low: -4, high: 4, avoid: [-1, 1] },
    tolerance: 'transcendental',
    also: ['int32'],
  },
  { op: 'cosh', run: transcendental.cosh, domain: { low: -4, high: 4 }, tolerance: 'transcendental' },
  { op: 'erf', run: transcendental.erf, domain: { low: -3, high: 3 }, tolerance: 'transcendental' },
  { op: 'tanh', run: activation.tanh, domain: { low: -4, high: 4 }, tolerance: 'transcendental', also: bits },
  {
    op: 'sigmoid',
    run: activation.sigmoid,
    domain: { low: -8, high: 8 },
    tolerance: 'transcendental',
    also: ['int32'],
  },
  { op: 'relu', run: activation.relu, domain: { avoid: [0] }, tolerance: 'exact', also: bits },
  { op: 'silu', run: activation.silu, domain: { low: -6, high: 6 }, tolerance: 'transcendental', also: ['int32'] },
  {
    op: 'softplus',
    run: activation.softplus,
    domain: { low: -8, high: 8 },
    tolerance: 'transcendental',
    also: ['int32'],
  },
  {
    op: 'softplus',
    setting: 'beta 2, threshold 4',
    run: (x) => activation.softplus(x, { beta: 2, threshold: 4 }),
    domain: { low: -4, high: 4, avoid: [2] },
    tolerance: 'transcendental',
  },
  { op: 'leakyRelu', run: activation.leakyRelu, domain: { avoid: [0] }, tolerance: 'arithmetic', also: ['int32'] },
  {
    op: 'leakyRelu',
    setting: 'slope 0.3',
    run: (x) => activation.leakyRelu(x, 0.3),
    domain: { avoid: [0] },
    tolerance: 'arithmetic',
  },
  { op: 'elu', run: activation.elu, domain: { avoid: [0] }, tolerance: 'transcendental', also: ['int32'] },
  {
    op: 'elu',
    setting: 'alpha 0.7',
    run: (x) => activation.elu(x, 0.7),
    domain: { avoid: [0] },
    tolerance: 'transcendental',
  },
  { op: 'gelu', run: activation.gelu, domain: { low: -4, high: 4 }, tolerance: 'transcendental', also: ['int32'] },
  {
    op: 'gelu',
    setting: 'by tanh',
    run: (x) => activation.gelu(x, { approximate: 'tanh' }),
    domain: { low: -4, high: 4 },
    tolerance: 'transcendental',
  },
  { op: 'isnan', run: comparison.isnan, tolerance: 'exact', hasGradient: false, also: bits },
  { op: 'isinf', run: comparison.isinf, tolerance: 'exact', hasGradient: false, also: bits },
  { op: 'isfinite', run: comparison.isfinite, tolerance: 'exact', hasGradient: false, also: bits },
  {
    op: 'logicalNot',
    run: comparison.logicalNot,
    domain: { avoid: [0] },
    tolerance: 'exact',
    hasGradient: false,
    also: bits,
  },
]

/** Sizes around vector widths and blocks, and every way of lying in memory. */
const floatInputs = (domain: SpreadOptions): Readonly<Record<string, SampleInput>> => ({
  'rank 0': real([], domain),
  'one element': real([1], domain),
  'no element': real([0], domain),
  'an axis of size 0': real([2, 0, 3], domain),
  '3 elements': real([3], domain),
  '5 elements': real([5], domain),
  '17 elements at an offset': real([17], { ...domain, view: 'offset' }),
  '127 elements': real([127], domain),
  'rank 4': real([2, 1, 3, 2], domain),
  transposed: real([4, 5], { ...domain, view: 'transposed' }),
  'axes reversed': real([3, 1, 4], { ...domain, view: 'reversed' }),
  sliced: real([3, 5], { ...domain, view: 'sliced' }),
  flipped: real([9], { ...domain, view: 'flipped' }),
})

const samplesOf = ({ op, run, domain = {}, tolerance, hasGradient = true, also = [], setting }: Unary): OpSample[] => {
  const prefix = setting === undefined ? '' : `${setting}, `
  const gradients = hasGradient ? {} : { differentiable: [] }
  // A second setting of an op runs other numbers through the same paths over memory.
  const inputs = Object.entries(floatInputs(domain)).filter((_, place) => setting === undefined || place % 3 === 0)
  const { low = -2, high = 2 } = domain
  return [
    ...inputs.map(([name, input]) => smooth(op, prefix + name, [input], run, { tolerance, ...gradients })),
    ...(setting === undefined
      ? [smooth(op, '1000 elements', [real([1000], domain)], run, { tolerance, ...gradients })]
      : []),
    ...also.map((dtype) => {
      const input = dtype === 'bool' ? truth([7]) : whole([7], { low: Math.ceil(low), high: Math.floor(high) })
      return smooth(op, `${prefix}${dtype}`, [input], run, { tolerance, differentiable: [] })
    }),
  ]
}

/** Elementwise ops of one tensor where they are smooth. */
export const unarySamples: readonly OpSample[] = ops.flatMap(samplesOf)
