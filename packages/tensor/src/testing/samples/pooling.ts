import { avgPool2d, type AvgPool2dOptions, maxPool2d, type MaxPool2dOptions } from '../../ops/pooling.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, real } from '../sample-data.js'

const exact = { tolerance: 'exact' } as const
const sums = { tolerance: 'contraction' } as const

type Case<Options> = readonly [
  name: string,
  shape: readonly number[],
  window: number | readonly [number, number],
  options?: Options,
]

const shared: readonly Case<Omit<MaxPool2dOptions, 'dilation'>>[] = [
  ['a window of 1', [1, 1, 3, 4], 1],
  ['2 × 2', [2, 3, 4, 6], 2],
  ['2 × 3', [1, 2, 4, 6], [2, 3]],
  ['edges left over', [1, 1, 5, 7], 2],
  ['overlapping', [1, 2, 5, 6], 3, { stride: 1 }],
  ['stride by axis', [1, 1, 7, 8], 2, { stride: [3, 1] }],
  ['padded', [1, 2, 5, 5], 3, { padding: 1 }],
  ['padded by axis, overlapping', [1, 1, 5, 6], [2, 4], { stride: 1, padding: [1, 2] }],
  ['the whole plane', [2, 2, 4, 5], [4, 5]],
  ['no batch axis', [3, 4, 4], 2],
  ['an empty batch', [0, 2, 4, 4], 2],
  ['ceil mode', [1, 2, 5, 7], 2, { ceilMode: true }],
  ['ceil mode, padded and overlapping', [1, 1, 6, 5], [3, 4], { stride: [2, 3], padding: 1, ceilMode: true }],
  ['ceil mode where all windows fit', [1, 1, 4, 6], 2, { ceilMode: true }],
  ['a plane of 33 × 20', [1, 1, 33, 20], 3, { stride: 2 }],
]

/** Pooling. */
export const poolingSamples: readonly OpSample[] = [
  ...shared.flatMap(([name, shape, window, options]) => [
    smooth('maxPool2d', name, [real(shape)], (x) => maxPool2d(x, window, options), exact),
    smooth('avgPool2d', name, [real(shape, { low: -1 })], (x) => avgPool2d(x, window, options), sums),
  ]),
  smooth(
    'avgPool2d',
    'ceil mode, padding left out of the divisor',
    [real([1, 2, 6, 5], { low: -1 })],
    (x) => avgPool2d(x, 3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
    sums,
  ),
  smooth('maxPool2d', 'dilated', [real([1, 2, 7, 7])], (x) => maxPool2d(x, 3, { stride: 1, dilation: 2 }), exact),
  smooth('maxPool2d', 'a reversed view', [real([2, 2, 4, 5], { view: 'reversed' })], (x) => maxPool2d(x, 2), exact),
  smooth('maxPool2d', 'a sliced view', [real([1, 2, 4, 4], { view: 'sliced' })], (x) => maxPool2d(x, 2), exact),
  smooth('maxPool2d', 'at an offset', [real([1, 2, 4, 4], { view: 'offset' })], (x) => maxPool2d(x, 2), exact),
  ...([{ countIncludePad: false }, { countIncludePad: true }] satisfies AvgPool2dOptions[]).map((options) =>
    smooth(
      'avgPool2d',
      `padded, countIncludePad ${options.countIncludePad}`,
      [real([1, 2, 5, 6], { low: -1 })],
      (x) => avgPool2d(x, 3, { ...options, padding: 1, stride: 2 }),
      sums,
    ),
  ),
  smooth('avgPool2d', 'a transposed view', [real([2, 2, 4, 5], { view: 'transposed' })], (x) => avgPool2d(x, 2), sums),
  convention(
    'maxPool2d',
    'the first of ties gets the gradient',
    [given([1, 1, 1, 1, 0, 2, 2, 0], [1, 2, 2, 2])],
    (x) => maxPool2d(x, 2),
    {
      outputs: [[1, 2]],
      gradients: [[1, 0, 0, 0, 0, 1, 0, 0]],
    },
    exact,
  ),
  convention('maxPool2d', 'NaN wins', [given([1, NaN, 3, 4], [1, 1, 2, 2])], (x) => maxPool2d(x, 2), [NaN], exact),
  convention(
    'maxPool2d',
    'padding is never chosen',
    [given([-1, -2, -3, -4], [1, 1, 2, 2])],
    (x) => maxPool2d(x, 2, { padding: 1 }),
    {
      outputs: [[-1, -2, -3, -4]],
      gradients: [[1, 1, 1, 1]],
    },
    exact,
  ),
  convention(
    'maxPool2d',
    'all −∞',
    [given([-Infinity, -Infinity, -Infinity, -Infinity], [1, 1, 2, 2])],
    (x) => maxPool2d(x, 2),
    {
      outputs: [[-Infinity]],
      gradients: [[1, 0, 0, 0]],
    },
    exact,
  ),
  convention(
    'maxPool2d',
    'overlapping windows add their gradients',
    [given([0, 1, 5, 1, 0], [1, 1, 1, 5])],
    (x) => maxPool2d(x, [1, 3], { stride: 1 }),
    {
      outputs: [[5, 5, 5]],
      gradients: [[0, 0, 3, 0, 0]],
    },
    exact,
  ),
  convention(
    'avgPool2d',
    'padding counts in the divisor',
    [given([4, 8], [1, 1, 1, 2])],
    (x) => avgPool2d(x, [1, 2], { padding: [0, 1] }),
    {
      outputs: [[2, 4]],
      gradients: [[0.5, 0.5]],
    },
  ),
  convention(
    'avgPool2d',
    'padding left out of the divisor',
    [given([4, 8], [1, 1, 1, 2])],
    (x) => avgPool2d(x, [1, 2], { padding: [0, 1], countIncludePad: false }),
    {
      outputs: [[4, 8]],
      gradients: [[1, 1]],
    },
  ),
  convention(
    'avgPool2d',
    'what overhangs does not count in the divisor',
    [given([1, 2, 3, 4, 5], [1, 1, 1, 5])],
    (x) => avgPool2d(x, [1, 2], { ceilMode: true }),
    {
      outputs: [[1.5, 3.5, 5]],
      gradients: [[0.5, 0.5, 0.5, 0.5, 1]],
    },
  ),
  convention(
    'avgPool2d',
    'a divisor of its own',
    [given([1, 2, 3, 4, 5], [1, 1, 1, 5])],
    (x) => avgPool2d(x, [1, 2], { ceilMode: true, divisorOverride: 4 }),
    {
      outputs: [[0.75, 1.75, 1.25]],
      gradients: [[0.25, 0.25, 0.25, 0.25, 0.25]],
    },
  ),
  convention(
    'maxPool2d',
    'no window begins in the far border',
    [given([1, 2, 3, 4], [1, 1, 1, 4])],
    (x) => maxPool2d(x, [1, 2], { stride: 3, padding: [0, 1], ceilMode: true }),
    [1, 4],
    exact,
  ),
]
