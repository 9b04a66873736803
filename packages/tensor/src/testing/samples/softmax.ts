import { logSoftmax, softmax } from '../../ops/softmax.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, real, repeated } from '../sample-data.js'
import type { InputView } from '../sample-input.js'

const inf = Infinity
const sums = { tolerance: 'contraction' } as const

const uses: readonly (readonly [shape: readonly number[], axis: number, view?: InputView])[] = [
  [[], 0],
  [[1], 0],
  [[5], 0],
  [[127], -1],
  [[1000], 0],
  [[4, 5], 0],
  [[4, 5], 1],
  [[4, 5], -1],
  [[2, 3, 4], 1],
  [[33, 17], 1],
  [[17, 33], 0],
  [[3, 130], 1],
  [[2, 1], 1],
  [[0, 3], 1],
  [[3, 0], 1],
  [[4, 5], 1, 'transposed'],
  [[4, 5], 0, 'transposed'],
  [[2, 3, 4], -2, 'reversed'],
  [[3, 5], 1, 'sliced'],
  [[9], 0, 'flipped'],
  [[4, 5], 1, 'offset'],
]

/** Softmax and log-softmax. */
export const softmaxSamples: readonly OpSample[] = [
  ...(
    [
      ['softmax', softmax],
      ['logSoftmax', logSoftmax],
    ] as const
  ).flatMap(([op, run]) => [
    ...uses.map(([shape, axis, view]) =>
      smooth(
        op,
        `[${shape.join(', ')}] along ${axis}${view === undefined ? '' : `, ${view}`}`,
        [real(shape, { low: -3, high: 3, ...(view && { view }) })],
        (x) => run(x, axis),
        sums,
      ),
    ),
    smooth(op, 'a repeated view', [repeated(3, [4])], (x) => run(x, 0), sums),
  ]),
  convention('softmax', 'does not overflow', [given([1000, 1000, -1000, 1000], [2, 2])], (x) => softmax(x, 1), {
    outputs: [[0.5, 0.5, 0, 1]],
    gradients: [[0, 0, 0, 0]],
  }),
  convention(
    'softmax',
    'gradient y (g − Σ y g)',
    [given([0, 0, Math.log(2)])],
    (x) => softmax(x, 0),
    {
      outputs: [[0.25, 0.25, 0.5]],
      seed: [1, 0, 0],
      gradients: [[0.1875, -0.0625, -0.125]],
    },
    { ...sums, float64: false },
  ),
  convention(
    'softmax',
    '−∞ gets nothing',
    [given([-inf, 0, 0, -inf, 3, -inf], [2, 3])],
    (x) => softmax(x, 1),
    [0, 0.5, 0.5, 0, 1, 0],
  ),
  convention(
    'softmax',
    'all −∞, +∞ and NaN give NaN',
    [given([-inf, -inf, inf, 1, NaN, 1], [3, 2])],
    (x) => softmax(x, 1),
    [NaN, NaN, NaN, NaN, NaN, NaN],
  ),
  convention(
    'logSoftmax',
    'does not overflow or round to −∞',
    [given([1000, 0, -1000])],
    (x) => logSoftmax(x, 0),
    [0, -1000, -2000],
  ),
  convention(
    'logSoftmax',
    'gradient g − softmax(x) Σ g',
    [given([0, 0, Math.log(2)])],
    (x) => logSoftmax(x, 0),
    {
      outputs: [[-2 * Math.LN2, -2 * Math.LN2, -Math.LN2]],
      seed: [1, 0, 0],
      gradients: [[0.75, -0.25, -0.5]],
    },
    { ...sums, float64: false },
  ),
  convention('logSoftmax', '−∞ stays', [given([-inf, 0, 0])], (x) => logSoftmax(x, 0), [-inf, -Math.LN2, -Math.LN2], {
    tolerance: 'transcendental',
  }),
  convention('logSoftmax', 'NaN spreads along the axis', [given([NaN, 1])], (x) => logSoftmax(x, 0), [NaN, NaN]),
]
