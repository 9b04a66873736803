import { batchStatistics, standardize } from '../../ops/batch-norm.js'
import { keptMean, softmaxCrossEntropy } from '../../ops/cross-entropy.js'
import { defineElementwise } from '../../ops/define-elementwise.js'
import { rmsNormalize } from '../../ops/normalization.js'
import { scaleAndShift } from '../../ops/scale-and-shift.js'
import { add, less, like, mul, sub, where } from '../../expression/builders.js'
import type { Tensor } from '../../tensor.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, givenWhole, real, whole } from '../sample-data.js'

const sums = { tolerance: 'contraction' } as const

const blend = defineElementwise({ name: 'blend', meaning: (x, y, share) => add(x, mul(share, sub(y, x))) })

const bent = defineElementwise({
  name: 'bent',
  meaning: (x, slope) => where(less(x, like(x, 0)), mul(slope, x), mul(x, x)),
})

/** Classes 0 … 4 for each place, some of them ignored. */
const classes = (shape: readonly number[]) => whole(shape, { low: 0, high: 4 })

const statistics = (x: Tensor, mean: Tensor, variance: Tensor): readonly Tensor[] => {
  const after = batchStatistics(x, { mean, variance }, 0.3)
  return [after.mean, after.variance]
}

/** What layers and losses are made of. */
export const layerPieceSamples: readonly OpSample[] = [
  smooth('defineElementwise', 'a formula of two tensors and a number', [real([3, 4]), real([4])], (x, y) =>
    blend([x, y], [0.3]),
  ),
  smooth(
    'defineElementwise',
    'a formula with two branches, of a transposed view',
    [real([3, 4], { avoid: [0], view: 'transposed' })],
    (x) => bent([x], [0.1]),
  ),
  convention(
    'defineElementwise',
    'whole numbers become float32',
    [givenWhole([1, 2])],
    (x) => blend([x, x], [0.5]),
    [1, 2],
  ),
  smooth(
    'scaleAndShift',
    'channels of images',
    [real([2, 3, 2, 2]), real([1, 3, 1, 1]), real([1, 3, 1, 1])],
    (x, w, b) => scaleAndShift(x, w, b),
  ),
  smooth('scaleAndShift', 'a scale alone', [real([3, 4]), real([4])], (x, w) => scaleAndShift(x, w)),
  smooth('scaleAndShift', 'a shift alone', [real([3, 4]), real([4])], (x, b) => scaleAndShift(x, undefined, b)),
  smooth(
    'standardize',
    'channels of images',
    [real([2, 3, 2, 2]), real([1, 3, 1, 1]), real([1, 3, 1, 1], { low: 0.5, high: 2 })],
    (x, mean, variance) => standardize(x, mean, variance),
    { tolerance: 'transcendental' },
  ),
  smooth('batchStatistics', 'rows', [real([6, 3]), real([3]), real([3], { low: 0.5 })], statistics, sums),
  smooth('batchStatistics', 'images', [real([4, 3, 2, 5]), real([3]), real([3], { low: 0.5 })], statistics, sums),
  smooth('rmsNormalize', 'the last axis', [real([4, 6])], (x) => rmsNormalize(x, -1), sums),
  smooth(
    'rmsNormalize',
    'the last two axes of a transposed view',
    [real([2, 3, 4], { view: 'transposed' })],
    (x) => rmsNormalize(x, [1, 2]),
    sums,
  ),
  smooth('rmsNormalize', 'a long row', [real([2, 1000])], (x) => rmsNormalize(x, 1), sums),
  smooth('rmsNormalize', 'no element', [real([0, 3])], (x) => rmsNormalize(x, 1), sums),
  smooth(
    'softmaxCrossEntropy',
    'the last axis',
    [real([6, 5]), classes([6])],
    (x, t) => softmaxCrossEntropy(x, t),
    sums,
  ),
  smooth(
    'softmaxCrossEntropy',
    'images',
    [real([2, 5, 3, 2]), classes([2, 3, 2])],
    (x, t) => softmaxCrossEntropy(x, t, { axis: 1, ignoreIndex: 3 }),
    sums,
  ),
  smooth(
    'softmaxCrossEntropy',
    'a transposed view',
    [real([4, 5], { view: 'transposed' }), classes([4])],
    (x, t) => softmaxCrossEntropy(x, t),
    sums,
  ),
  smooth(
    'softmaxCrossEntropy',
    'many classes',
    [real([3, 1000]), classes([3])],
    (x, t) => softmaxCrossEntropy(x, t),
    sums,
  ),
  smooth('softmaxCrossEntropy', 'no row', [real([0, 5]), classes([0])], (x, t) => softmaxCrossEntropy(x, t), sums),
  convention(
    'softmaxCrossEntropy',
    'logits far apart',
    [given([1000, 0, 0, 1000], [2, 2]), givenWhole([1, 1])],
    (x, t) => softmaxCrossEntropy(x, t),
    { outputs: [[1000, 0]], gradients: [[1, -1, 0, 0], undefined] },
  ),
  convention(
    'softmaxCrossEntropy',
    'what is ignored costs nothing, what is no class is NaN',
    [given([0, 1, 2, 3, 4, 5], [3, 2]), givenWhole([-100, 2, -1])],
    (x, t) => softmaxCrossEntropy(x, t),
    { outputs: [[0, NaN, NaN]], gradients: [[0, 0, NaN, NaN, NaN, NaN], undefined] },
  ),
  smooth('keptMean', 'some do not count', [real([4, 3]), classes([4, 3])], (x, t) => keptMean(x, t, 2), sums),
  smooth('keptMean', 'one number', [real([]), classes([])], (x, t) => keptMean(x, t, -100), sums),
  convention(
    'keptMean',
    'NaN does not count where it is ignored',
    [given([1, NaN, 3]), givenWhole([0, 7, 1])],
    (x, t) => keptMean(x, t, 7),
    { outputs: [[2]], gradients: [[0.5, 0, 0.5], undefined] },
  ),
  convention(
    'keptMean',
    'of nothing is NaN, without a gradient',
    [given([1, 2]), givenWhole([7, 7])],
    (x, t) => keptMean(x, t, 7),
    { outputs: [[NaN]], gradients: [[0, 0], undefined] },
  ),
]
