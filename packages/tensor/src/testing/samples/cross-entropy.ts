import { keptMean, softmaxCrossEntropy } from '../../ops/cross-entropy.js'
import type { Tensor } from '../../tensor.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, givenWhole, real, whole } from '../sample-data.js'
import type { SampleInput } from '../sample-input.js'

const sums = { tolerance: 'contraction' } as const
const logits = { low: -3, high: 3 }

const classes = (shape: readonly number[], count: number): SampleInput => whole(shape, { low: 0, high: count - 1 })

const cost = (x: Tensor, target: Tensor): Tensor => softmaxCrossEntropy(x, target)

/** The costs of classification. */
export const crossEntropySamples: readonly OpSample[] = [
  smooth('softmaxCrossEntropy', '5 rows of 3', [real([5, 3], logits), classes([5], 3)], cost, sums),
  smooth('softmaxCrossEntropy', 'one row', [real([7], logits), classes([], 7)], cost, sums),
  smooth('softmaxCrossEntropy', 'one class', [real([4, 1], logits), classes([4], 1)], cost, sums),
  smooth('softmaxCrossEntropy', '33 rows of 17', [real([33, 17], logits), classes([33], 17)], cost, sums),
  smooth('softmaxCrossEntropy', '3 rows of 1000', [real([3, 1000], logits), classes([3], 1000)], cost, sums),
  smooth('softmaxCrossEntropy', 'no row', [real([0, 3], logits), classes([0], 3)], cost, sums),
  smooth(
    'softmaxCrossEntropy',
    'classes along axis 1 of images',
    [real([2, 3, 2, 2], logits), classes([2, 2, 2], 3)],
    (x, target) => softmaxCrossEntropy(x, target, { axis: 1 }),
    sums,
  ),
  smooth(
    'softmaxCrossEntropy',
    'views',
    [real([4, 5], { ...logits, view: 'transposed' }), { ...classes([4], 5), view: 'sliced' }],
    cost,
    sums,
  ),
  convention(
    'softmaxCrossEntropy',
    'the gradient is ŷ − y; ignored rows cost nothing',
    [given([0, 0, Math.log(2), 5, 6, 7], [2, 3]), givenWhole([2, -100])],
    cost,
    { outputs: [[Math.LN2, 0]], gradients: [[0.25, 0.25, -0.5, 0, 0, 0]] },
    { ...sums, float64: false },
  ),
  convention(
    'softmaxCrossEntropy',
    'does not overflow; a class that was masked out costs ∞',
    [given([1e4, 0, 0, -Infinity], [2, 2]), givenWhole([1, 1])],
    cost,
    [1e4, Infinity],
  ),
  convention(
    'softmaxCrossEntropy',
    'NaN where the target is no class',
    [given([0, 0, 0, 0], [2, 2]), givenWhole([2, -1])],
    cost,
    [Number.NaN, Number.NaN],
  ),
  smooth(
    'keptMean',
    'some ignored',
    [real([9], { low: -1 }), whole([9], { low: 0, high: 2 })],
    (x, target) => keptMean(x, target, 1),
    sums,
  ),
  smooth(
    'keptMean',
    'a table',
    [real([33, 9], { low: -1 }), whole([33, 9], { low: 0, high: 2 })],
    (x, target) => keptMean(x, target, 0),
    sums,
  ),
  smooth(
    'keptMean',
    'all kept, a flipped view',
    [real([17], { low: -1, view: 'flipped' }), whole([17])],
    (x, target) => keptMean(x, target, -100),
    sums,
  ),
  convention(
    'keptMean',
    'does not look at what is ignored',
    [given([1, Number.NaN, 3]), givenWhole([0, 7, 1])],
    (x, target) => keptMean(x, target, 7),
    {
      outputs: [[2]],
      gradients: [[0.5, 0, 0.5]],
    },
  ),
  convention(
    'keptMean',
    'NaN where nothing is kept',
    [given([1, 2]), givenWhole([7, 7])],
    (x, target) => keptMean(x, target, 7),
    [Number.NaN],
  ),
]
