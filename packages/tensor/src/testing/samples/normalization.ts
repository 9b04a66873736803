import { batchStatistics, standardize } from '../../ops/batch-norm.js'
import { layerNorm, normalize, rmsNormalize } from '../../ops/normalization.js'
import { scaleAndShift } from '../../ops/scale-and-shift.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, real } from '../sample-data.js'
import type { InputView } from '../sample-input.js'

const sums = { tolerance: 'contraction' } as const

const normalized: readonly (readonly [
  shape: readonly number[],
  sizes: number | readonly number[],
  view?: InputView,
])[] = [
  [[5], 5],
  [[3, 8], 8],
  [
    [2, 3, 4],
    [3, 4],
  ],
  [[2, 3, 4], 4],
  [[17, 33], [33]],
  [[4, 130], 130],
  [[2, 1000], 1000],
  [[0, 4], 4],
  [[4, 5], 5, 'transposed'],
  [[2, 3, 4], 4, 'reversed'],
  [[3, 6], 6, 'sliced'],
  [[3, 6], 6, 'flipped'],
]

/** Layer norm and its relatives. */
export const normalizationSamples: readonly OpSample[] = [
  ...normalized.flatMap(([shape, sizes, view]) => {
    const affine = typeof sizes === 'number' ? [sizes] : sizes
    const name = `[${shape.join(', ')}] over [${affine.join(', ')}]${view === undefined ? '' : `, ${view}`}`
    const x = real(shape, { low: -1, high: 3, ...(view && { view }) })
    return [
      smooth('layerNorm', name, [x], (a) => layerNorm(a, sizes), sums),
      smooth(
        'layerNorm',
        `${name}, with weight and bias`,
        [x, real(affine, { seed: 2 }), real(affine, { seed: 3 })],
        (a, weight, bias) => layerNorm(a, sizes, { weight, bias }),
        sums,
      ),
    ]
  }),
  smooth('layerNorm', 'a large eps', [real([3, 5])], (x) => layerNorm(x, 5, { eps: 0.5 }), sums),
  smooth(
    'layerNorm',
    'a small spread far from 0',
    [real([2, 64], { low: 1000, high: 1001 })],
    (x) => layerNorm(x, 64),
    sums,
  ),
  convention('layerNorm', 'equal elements become 0', [given([3, 3, 3, 3])], (x) => layerNorm(x, 4), {
    outputs: [[0, 0, 0, 0]],
    gradients: [[0, 0, 0, 0]],
  }),
  convention(
    'layerNorm',
    'NaN spreads along the row',
    [given([NaN, 1, -1, 1], [2, 2])],
    (x) => layerNorm(x, 2, { eps: 0 }),
    [NaN, NaN, -1, 1],
  ),
  smooth('normalize', 'the first axis', [real([6, 3])], (x) => normalize(x, 0), sums),
  smooth(
    'normalize',
    'batch norm: all axes but the channels',
    [real([4, 3, 2, 5])],
    (x) => normalize(x, [0, 2, 3]),
    sums,
  ),
  smooth(
    'normalize',
    'the middle axis of a reversed view',
    [real([2, 5, 3], { view: 'reversed' })],
    (x) => normalize(x, 1),
    sums,
  ),
  smooth('normalize', 'no element', [real([0, 3])], (x) => normalize(x, 1), sums),
  ...(
    [
      [[5], 0],
      [[4, 8], 1],
      [[4, 8], 0],
      [[17, 33], 1],
      [
        [2, 3, 4],
        [1, 2],
      ],
      [[0, 3], 1],
    ] as const
  ).map(([shape, axis]) =>
    smooth(
      'rmsNormalize',
      `[${shape.join(', ')}] over ${String(axis)}`,
      [real(shape, { low: -1, high: 3 })],
      (x) => rmsNormalize(x, axis),
      sums,
    ),
  ),
  smooth(
    'rmsNormalize',
    'a transposed view, a large eps',
    [real([4, 5], { view: 'transposed' })],
    (x) => rmsNormalize(x, 1, 0.5),
    sums,
  ),
  convention('rmsNormalize', 'zeros stay', [given([0, 0])], (x) => rmsNormalize(x, 0), [0, 0]),
  convention(
    'rmsNormalize',
    'NaN spreads along the row',
    [given([Number.NaN, 1, 3, -3], [2, 2])],
    (x) => rmsNormalize(x, 1, 0),
    [Number.NaN, Number.NaN, 1, -1],
  ),
  smooth(
    'standardize',
    'channels of images',
    [real([2, 3, 2, 4]), real([3, 1, 1], { seed: 2 }), real([3, 1, 1], { low: 0.5, high: 2, seed: 3 })],
    (x, mean, variance) => standardize(x, mean, variance),
    { tolerance: 'transcendental' },
  ),
  smooth(
    'standardize',
    '127 elements, one statistic',
    [real([127]), real([], { seed: 2 }), real([], { low: 0.5, high: 2 })],
    (x, mean, variance) => standardize(x, mean, variance, 0.1),
    { tolerance: 'transcendental' },
  ),
  ...([[[8, 3]], [[4, 3, 2, 5]], [[2, 1, 7]], [[33, 2, 9]]] as const).map(([shape]) =>
    smooth(
      'batchStatistics',
      `[${shape.join(', ')}]`,
      [
        real(shape, { low: -1, high: 3 }),
        real([shape[1]], { seed: 2 }),
        real([shape[1]], { low: 0.5, high: 2, seed: 3 }),
      ],
      (x, mean, variance) => {
        const moved = batchStatistics(x, { mean, variance }, 0.1)
        return [moved.mean, moved.variance]
      },
      sums,
    ),
  ),
  convention(
    'batchStatistics',
    'momentum weighs the batch, whose variance is unbiased',
    [given([1, 3], [2, 1]), given([10]), given([4])],
    (x, mean, variance) => {
      const moved = batchStatistics(x, { mean, variance }, 0.5)
      return [moved.mean, moved.variance]
    },
    { outputs: [[6], [3]] },
  ),
  smooth('scaleAndShift', 'all three', [real([3, 4]), real([4], { seed: 2 }), real([4], { seed: 3 })], scaleAndShift, {
    tolerance: 'transcendental',
  }),
  smooth(
    'scaleAndShift',
    'channels',
    [real([2, 3, 5]), real([3, 1], { seed: 2 }), real([3, 1], { seed: 3 })],
    scaleAndShift,
    { tolerance: 'transcendental' },
  ),
  smooth(
    'scaleAndShift',
    'without a shift',
    [real([3, 4]), real([4], { seed: 2 })],
    (x, weight) => scaleAndShift(x, weight),
    { tolerance: 'exact' },
  ),
  smooth(
    'scaleAndShift',
    'without a scale',
    [real([3, 4]), real([4], { seed: 2 })],
    (x, bias) => scaleAndShift(x, undefined, bias),
    { tolerance: 'exact' },
  ),
]
