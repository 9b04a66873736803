import type { Axes, ReduceOptions } from '../../ops/reduction.js'
import * as plainReduction from '../../ops/reduction.js'
import * as statistics from '../../ops/statistics.js'
import type { Tensor } from '../../tensor.js'
import { type OpSample, type SampleOptions, smooth } from '../op-sample.js'
import { real, repeated, type SpreadOptions, truth, whole } from '../sample-data.js'
import type { SampleInput } from '../sample-input.js'
import type { ToleranceClass } from '../tolerance.js'

const reduction = { ...plainReduction, ...statistics }

/** A reduction over any axes, where it is smooth, and how exact devices are in it. */
interface Reduction {
  readonly op: string
  readonly run: (x: Tensor, axis?: Axes, options?: ReduceOptions) => Tensor
  readonly tolerance: ToleranceClass
  readonly domain?: SpreadOptions
  readonly hasGradient?: boolean
  /** Whether a row without elements has a result. */
  readonly takesEmpty: boolean
  readonly also?: readonly ('int32' | 'bool')[]
}

// Means other than 0, so that sums are of the size of their terms' total.
const offCentre = { low: -1, high: 2 }

const ops: readonly Reduction[] = [
  {
    op: 'sum',
    run: reduction.sum,
    tolerance: 'contraction',
    domain: offCentre,
    takesEmpty: true,
    also: ['int32', 'bool'],
  },
  { op: 'mean', run: reduction.mean, tolerance: 'contraction', domain: offCentre, takesEmpty: false },
  {
    op: 'prod',
    run: reduction.prod,
    tolerance: 'contraction',
    domain: { low: 0.9, high: 1.1 },
    takesEmpty: true,
    also: ['int32', 'bool'],
  },
  { op: 'max', run: reduction.max, tolerance: 'exact', takesEmpty: false, also: ['int32', 'bool'] },
  { op: 'min', run: reduction.min, tolerance: 'exact', takesEmpty: false, also: ['int32', 'bool'] },
  {
    op: 'variance',
    run: (x, axis, options) => reduction.variance(x, axis, { ...options, correction: 0 }),
    tolerance: 'contraction',
    takesEmpty: false,
  },
  { op: 'logSumExp', run: reduction.logSumExp, tolerance: 'contraction', takesEmpty: false },
  {
    op: 'norm',
    run: (x, axis, options) => reduction.norm(x, { ...(axis !== undefined && { axis }), ...options }),
    tolerance: 'contraction',
    domain: { low: 0.2, high: 2 },
    takesEmpty: false,
  },
  { op: 'all', run: reduction.all, tolerance: 'exact', hasGradient: false, takesEmpty: true, also: ['int32', 'bool'] },
  { op: 'any', run: reduction.any, tolerance: 'exact', hasGradient: false, takesEmpty: true, also: ['int32', 'bool'] },
]

const samplesOf = ({
  op,
  run,
  tolerance,
  domain = {},
  hasGradient = true,
  takesEmpty,
  also = [],
}: Reduction): OpSample[] => {
  const options: SampleOptions = { tolerance, ...(hasGradient ? {} : { differentiable: [] }) }
  const x = (shape: readonly number[], view?: SampleInput['view']): SampleInput =>
    real(shape, { ...domain, ...(view && { view }) })
  const over = (name: string, input: SampleInput, axis?: Axes, reduce?: ReduceOptions): OpSample =>
    smooth(op, name, [input], (tensor) => run(tensor, axis, reduce), options)
  const kept = { keepDims: true }
  return [
    over('rank 0', x([])),
    over('one element', x([1])),
    over('5 elements', x([5])),
    over('17 elements at an offset', x([17], 'offset')),
    over('127 elements', x([127])),
    over('1000 elements', x([1000])),
    over('the first axis', x([4, 5]), 0),
    over('the last axis', x([4, 5]), -1),
    over('all axes, kept', x([4, 5]), undefined, kept),
    over('the first axis, kept', x([4, 5]), 0, kept),
    over('the last axis, kept', x([4, 5]), 1, kept),
    over('the middle axis', x([2, 5, 3]), 1),
    over('the outer axes', x([2, 5, 3]), [0, 2]),
    over('the outer axes, kept, in any order', x([2, 5, 3]), [-1, 0], kept),
    over('an axis of size 1', x([3, 1, 2]), 1),
    over('no axis', x([2, 3]), []),
    over('33 rows of 17', x([33, 17]), 1),
    over('17 columns of 33', x([33, 17]), 0),
    over('3 rows of 130', x([3, 130]), 1),
    over('130 columns of 3', x([3, 130]), 0),
    over('rows of none', x([0, 3]), 1),
    over('a transposed view by rows', x([4, 5], 'transposed'), 1),
    over('a transposed view by columns', x([4, 5], 'transposed'), 0),
    over('reversed axes', x([2, 3, 4], 'reversed'), [0, 2]),
    over('a sliced view', x([3, 5], 'sliced'), 1),
    over('a flipped view', x([9, 2], 'flipped'), 0),
    ...(tolerance === 'exact' ? [] : [over('a repeated view', repeated(4, [5], domain), 0)]),
    ...(takesEmpty ? [over('columns of none', x([0, 3]), 0), over('no element at all', x([2, 0]))] : []),
    ...also.flatMap((dtype) => {
      const input = (shape: readonly number[]): SampleInput => (dtype === 'bool' ? truth(shape) : whole(shape))
      return [
        smooth(op, `${dtype}`, [input([17])], (tensor) => run(tensor), { ...options, differentiable: [] }),
        smooth(op, `${dtype} by columns`, [input([5, 9])], (tensor) => run(tensor, 0), {
          ...options,
          differentiable: [],
        }),
      ]
    }),
  ]
}

const orders = [1, 2, 3, 0.5, Infinity, -Infinity]

/** Reductions over any axes where they are smooth. */
export const reductionSamples: readonly OpSample[] = [
  ...ops.flatMap(samplesOf),
  ...[0, 1, 2].map((correction) =>
    smooth('variance', `correction ${correction}`, [real([4, 5])], (x) => reduction.variance(x, 1, { correction }), {
      tolerance: 'contraction',
    }),
  ),
  smooth(
    'variance',
    'one pass cancels far from 0',
    [real([2, 64], { low: 1000, high: 1001 })],
    (x) => reduction.variance(x, 1),
    {
      tolerance: 'contraction',
    },
  ),
  ...[
    { name: 'all of 5', shape: [5], axis: undefined, keepDims: false },
    { name: 'by rows', shape: [4, 5], axis: 1, keepDims: false },
    { name: 'by columns, kept', shape: [4, 5], axis: 0, keepDims: true },
    { name: 'over the outer axes', shape: [2, 5, 3], axis: [0, 2], keepDims: false },
  ].flatMap(({ name, shape, axis, keepDims }) =>
    [0, 1].map((correction) =>
      smooth(
        'std',
        `${name}, correction ${correction}`,
        [real(shape)],
        (x) => reduction.std(x, axis, { keepDims, correction }),
        {
          tolerance: 'contraction',
        },
      ),
    ),
  ),
  smooth('std', 'a transposed view', [real([4, 5], { view: 'transposed' })], (x) => reduction.std(x, 0), {
    tolerance: 'contraction',
  }),
  ...orders.map((p) =>
    smooth(
      'norm',
      `order ${p}`,
      [real([4, 5], { avoid: [0], margin: 0.2 })],
      (x) => reduction.norm(x, { p, axis: 1 }),
      {
        tolerance: 'contraction',
      },
    ),
  ),
  smooth('norm', 'order 0 counts', [real([4, 5], { avoid: [0] })], (x) => reduction.norm(x, { p: 0, axis: 0 }), {
    tolerance: 'exact',
  }),
]
