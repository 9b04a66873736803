import { clamp } from '../../ops/arithmetic.js'
import { maskedFill, where } from '../../ops/comparison.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, givenTruth, givenWhole, real, truth, whole } from '../sample-data.js'

const inf = Infinity

const exact = { tolerance: 'exact' } as const

/** Choices and limits: where, maskedFill, clamp. */
export const ternarySamples: readonly OpSample[] = [
  ...[[], [1], [0], [5], [127], [1000], [2, 3, 4]].map((shape) =>
    smooth(
      'where',
      `shape [${shape.join()}]`,
      [truth(shape), real(shape, { seed: 2 }), real(shape, { seed: 3 })],
      where,
      exact,
    ),
  ),
  smooth('where', 'all three broadcast', [truth([4, 1, 1]), real([3, 1]), real([2])], where, exact),
  smooth(
    'where',
    'views',
    [truth([3, 4], { view: 'transposed' }), real([3, 4], { view: 'sliced' }), real([3, 4], { view: 'flipped' })],
    where,
    exact,
  ),
  smooth('where', 'numbers', [truth([6]), real([6])], (condition, x) => where(condition, x, 0.5), exact),
  smooth('where', 'a float condition is x ≠ 0', [given([0, 1, -2, -0]), real([4]), real([4], { seed: 2 })], where, {
    ...exact,
    differentiable: [1, 2],
  }),
  smooth('where', 'int32', [truth([6]), whole([6]), whole([6], { seed: 2 })], where, exact),
  smooth('where', 'bool', [truth([6]), truth([6], { seed: 2 }), truth([6], { seed: 3 })], where, exact),
  smooth('where', 'int32 and float32', [truth([6]), whole([6]), real([6])], where, exact),
  convention(
    'where',
    'the branch not taken does not reach result or gradient',
    [givenTruth([1, 0]), given([1, NaN]), given([inf, 2])],
    where,
    { outputs: [[1, 2]], gradients: [undefined, [1, 0], [0, 1]] },
    exact,
  ),
  convention('where', 'NaN is true', [given([NaN, 0]), given([1, 2]), given([3, 4])], where, [1, 4], exact),
  smooth('maskedFill', 'a number', [real([3, 4]), truth([3, 4])], (x, mask) => maskedFill(x, mask, 0.5), exact),
  smooth(
    'maskedFill',
    'a mask that broadcasts',
    [real([3, 4]), truth([4])],
    (x, mask) => maskedFill(x, mask, -2),
    exact,
  ),
  smooth('maskedFill', 'a tensor', [real([3, 4]), truth([3, 1]), real([], { seed: 2 })], maskedFill, exact),
  smooth('maskedFill', 'int32', [whole([6]), truth([6])], (x, mask) => maskedFill(x, mask, 7), exact),
  smooth('maskedFill', 'no element', [real([0, 3]), truth([0, 3])], (x, mask) => maskedFill(x, mask, 1), exact),
  convention(
    'maskedFill',
    'with −∞, gradients only outside the mask',
    [given([1, NaN, 3]), givenTruth([0, 1, 0])],
    (x, mask) => maskedFill(x, mask, -inf),
    { outputs: [[1, -inf, 3]], gradients: [[1, 0, 1]] },
    exact,
  ),
  ...[[], [1], [0], [5], [127], [1000]].map((shape) =>
    smooth('clamp', `shape [${shape.join()}]`, [real(shape, { avoid: [-1, 1] })], (x) => clamp(x, -1, 1), exact),
  ),
  smooth('clamp', 'only below', [real([9], { avoid: [-1] })], (x) => clamp(x, -1), exact),
  smooth('clamp', 'only above', [real([9], { avoid: [1] })], (x) => clamp(x, undefined, 1), exact),
  smooth(
    'clamp',
    'a transposed view',
    [real([4, 3], { avoid: [-1, 1], view: 'transposed' })],
    (x) => clamp(x, -1, 1),
    exact,
  ),
  smooth(
    'clamp',
    'bounds that are tensors',
    [
      real([4, 3], { avoid: [-1.05, -0.95, 0.95, 1.05] }),
      real([3], { low: -1.04, high: -0.96 }),
      real([4, 1], { low: 0.96, high: 1.04 }),
    ],
    clamp,
    exact,
  ),
  smooth('clamp', 'int32', [whole([9])], (x) => clamp(x, -2, 3), exact),
  smooth('clamp', 'int32 with fractions', [whole([9])], (x) => clamp(x, -1.5, 2.5), exact),
  convention(
    'clamp',
    'at the bounds the gradient passes whole',
    [given([-2, -1, 0, 1, 2, -inf, inf])],
    (x) => clamp(x, -1, 1),
    { outputs: [[-1, -1, 0, 1, 1, -1, 1]], gradients: [[0, 1, 1, 1, 0, 0, 0]] },
    exact,
  ),
  convention('clamp', 'NaN stays', [given([NaN])], (x) => clamp(x, -1, 1), [NaN], exact),
  convention(
    'clamp',
    'the upper bound wins over a lower one above it',
    [given([0, 5, 9])],
    (x) => clamp(x, 6, 3),
    {
      outputs: [[3, 3, 3]],
      gradients: [[0, 0, 0]],
    },
    exact,
  ),
  convention(
    'clamp',
    'int32 at its ends',
    [givenWhole([-(2 ** 31), 2 ** 31 - 1])],
    (x) => clamp(x, -10, 10),
    [-10, 10],
  ),
]
