import { all, any, argmax, argmin, cumsum, max, min, sum } from '../../ops/reduction.js'
import { logSumExp, mean, norm, prod, std, variance } from '../../ops/statistics.js'
import type { Tensor } from '../../tensor.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, givenTruth, givenWhole, real, repeated, truth, whole } from '../sample-data.js'

const inf = Infinity
const least = -(2 ** 31)
const greatest = 2 ** 31 - 1

const exact = { tolerance: 'exact' } as const
const sums = { tolerance: 'contraction' } as const

const places: readonly (readonly [op: 'argmax' | 'argmin', run: typeof argmax])[] = [
  ['argmax', argmax],
  ['argmin', argmin],
]

/** Reductions at ties, NaN, extremes and without elements; places of extremes. */
export const reductionConventions: readonly OpSample[] = [
  convention('sum', 'of nothing is 0', [given([], [2, 0])], (x) => sum(x, 1), [0, 0]),
  convention('sum', 'infinities and NaN', [given([inf, 1, inf, -inf, NaN, 1], [3, 2])], (x) => sum(x, 1), [
    inf,
    NaN,
    NaN,
  ]),
  convention('sum', 'int32 wraps', [givenWhole([greatest, 1, 5])], (x) => sum(x), [least + 5]),
  convention('sum', 'bool counts', [givenTruth([1, 1, 0, 1])], (x) => sum(x), [3]),
  convention(
    'sum',
    'int32 beyond the exactness of float32',
    [givenWhole([16777216, 1, 1, 1])],
    (x) => sum(x),
    [16777219],
  ),
  convention(
    'sum',
    'many small numbers beside a large one',
    [given([2 ** 20, ...new Array<number>(999).fill(2 ** -4)])],
    (x) => sum(x),
    [2 ** 20 + 999 / 16],
    sums,
  ),
  convention('mean', 'of nothing is NaN', [given([], [2, 0])], (x) => mean(x, 1), [NaN, NaN]),
  convention('mean', 'infinities', [given([inf, 1, inf, -inf], [2, 2])], (x) => mean(x, 1), [inf, NaN]),
  convention('prod', 'of nothing is 1', [given([], [2, 0])], (x) => prod(x, 1), [1, 1]),
  convention('prod', 'int32 wraps', [givenWhole([65536, 65537, 3])], (x) => prod(x), [196608]),
  convention('prod', 'zeros do not divide', [given([2, 0, 3, 0, 0, 5], [2, 3])], (x) => prod(x, 1), {
    outputs: [[0, 0]],
    gradients: [[0, 6, 0, 0, 0, 0]],
  }),
  convention('max', 'ties share the gradient', [given([1, 3, 3, 3, -1, 0], [2, 3])], (x) => max(x, 1), {
    outputs: [[3, 3]],
    gradients: [[0, 0.5, 0.5, 1, 0, 0]],
  }),
  convention(
    'max',
    'ties over all axes',
    [given([2, 2, 2, 2, 1, 0], [3, 2])],
    (x) => max(x),
    {
      outputs: [[2]],
      gradients: [[0.25, 0.25, 0.25, 0.25, 0, 0]],
    },
    exact,
  ),
  convention('max', 'NaN wins', [given([1, NaN, inf, -inf, -inf, -inf], [2, 3])], (x) => max(x, 1), [NaN, -inf], exact),
  convention('max', 'all below 0', [given([-3, -1, -2])], (x) => max(x), [-1], exact),
  convention('max', 'int32 at its ends', [givenWhole([least, least, greatest, least], [2, 2])], (x) => max(x, 1), [
    least,
    greatest,
  ]),
  convention('max', 'bool is any', [givenTruth([0, 0, 1, 0], [2, 2])], (x) => max(x, 1), [0, 1]),
  convention(
    'min',
    'ties share the gradient',
    [given([1, 3, 1, 3, -1, -1], [2, 3])],
    (x) => min(x, 1),
    {
      outputs: [[1, -1]],
      gradients: [[0.5, 0, 0.5, 0, 0.5, 0.5]],
    },
    exact,
  ),
  convention('min', 'NaN wins', [given([1, NaN, -inf, inf, inf, inf], [2, 3])], (x) => min(x, 1), [NaN, inf], exact),
  convention(
    'min',
    'int32 at its ends',
    [givenWhole([greatest, greatest, greatest, least], [2, 2])],
    (x) => min(x, 1),
    [greatest, least],
  ),
  convention('min', 'bool is all', [givenTruth([1, 1, 1, 0], [2, 2])], (x) => min(x, 1), [1, 0]),
  convention('variance', 'one element, corrected, is NaN', [given([3])], (x) => variance(x), [NaN]),
  convention('variance', 'equal elements', [given([2, 2, 2])], (x) => variance(x), {
    outputs: [[0]],
    gradients: [[0, 0, 0]],
  }),
  convention('variance', 'NaN', [given([1, NaN])], (x) => variance(x), [NaN]),
  convention('std', 'known numbers', [given([1, 2, 3, 4])], (x) => std(x), [Math.sqrt(5 / 3)], sums),
  convention(
    'logSumExp',
    'does not overflow',
    [given([1000, 1000, -1000, -1000], [2, 2])],
    (x) => logSumExp(x, 1),
    {
      outputs: [[1000 + Math.LN2, -1000 + Math.LN2]],
      gradients: [[0.5, 0.5, 0.5, 0.5]],
    },
    { tolerance: 'transcendental' },
  ),
  convention(
    'logSumExp',
    'infinities and NaN',
    [given([-inf, -inf, inf, 1, -inf, 2, NaN, 1], [4, 2])],
    (x) => logSumExp(x, 1),
    [-inf, inf, 2, NaN],
    {
      tolerance: 'transcendental',
    },
  ),
  convention('logSumExp', 'of nothing is −∞', [given([], [2, 0])], (x) => logSumExp(x, 1), [-inf, -inf]),
  convention(
    'norm',
    'the slope at 0 is 0',
    [given([0, 0, 3, 4], [2, 2])],
    (x) => norm(x, { axis: 1 }),
    {
      outputs: [[0, 5]],
      gradients: [[0, 0, 0.6, 0.8]],
    },
    sums,
  ),
  convention('norm', 'order 0 counts what is not 0', [given([0, 2, -0, -3])], (x) => norm(x, { p: 0 }), [2]),
  convention('norm', 'an order below 1 passes no gradient at 0', [given([0, 4, -9])], (x) => norm(x, { p: 0.5 }), {
    outputs: [[25]],
    // ∂/∂x = sign(x) |x|^(p − 1) · norm^(1 − p)
    gradients: [[0, 5 / 2, -5 / 3]],
  }),
  convention('norm', 'a negative order beside 0 is 0', [given([0, 2])], (x) => norm(x, { p: -1 }), {
    outputs: [[0]],
    gradients: [[0, 0]],
  }),
  convention('norm', 'order ∞ shares at ties', [given([-3, 3, 1])], (x) => norm(x, { p: Infinity }), {
    outputs: [[3]],
    gradients: [[-0.5, 0.5, 0]],
  }),
  convention('norm', 'infinity and NaN', [given([inf, 1, NaN, 1], [2, 2])], (x) => norm(x, { axis: 1 }), [inf, NaN]),
  convention('all', 'of nothing is true', [givenTruth([], [2, 0])], (x) => all(x, 1), [1, 1]),
  convention('all', 'NaN is true', [given([NaN, 1, 0, 1], [2, 2])], (x) => all(x, 1), [1, 0]),
  convention('any', 'of nothing is false', [givenTruth([], [2, 0])], (x) => any(x, 1), [0, 0]),
  convention('any', 'NaN is true', [given([NaN, 0, 0, -0], [2, 2])], (x) => any(x, 1), [1, 0]),
  ...places.flatMap(([op, run]) => [
    ...[[], [1], [5], [127], [1000]].map((shape) =>
      smooth(op, `shape [${shape.join()}]`, [real(shape)], (x) => run(x), { ...exact, differentiable: [] }),
    ),
    ...([0, 1, -1] as const).map((axis) =>
      smooth(op, `axis ${axis}`, [real([4, 3, 5])], (x) => run(x, axis), { ...exact, differentiable: [] }),
    ),
    smooth(op, 'rows of none', [real([0, 3])], (x) => run(x, 1), { ...exact, differentiable: [] }),
    smooth(op, 'all axes, kept', [real([4, 5])], (x) => run(x, undefined, { keepDims: true }), {
      ...exact,
      differentiable: [],
    }),
    smooth(op, 'rows, kept', [real([33, 17])], (x) => run(x, 1, { keepDims: true }), { ...exact, differentiable: [] }),
    smooth(op, 'columns', [real([33, 17])], (x) => run(x, 0), { ...exact, differentiable: [] }),
    smooth(op, 'a transposed view', [real([4, 5], { view: 'transposed' })], (x) => run(x), {
      ...exact,
      differentiable: [],
    }),
    smooth(op, 'a flipped view', [real([4, 5], { view: 'flipped' })], (x) => run(x, 1), {
      ...exact,
      differentiable: [],
    }),
    smooth(op, 'a sliced view', [real([3, 5], { view: 'sliced' })], (x) => run(x, 0), { ...exact, differentiable: [] }),
    smooth(op, 'a repeated view gives the first', [repeated(4, [3])], (x) => run(x, 0), {
      ...exact,
      differentiable: [],
    }),
    smooth(op, 'int32', [whole([4, 9])], (x) => run(x, 1), exact),
    smooth(op, 'bool', [truth([4, 9])], (x) => run(x, 1), exact),
  ]),
  convention('argmax', 'the first of ties', [given([1, 3, 3, 0, 0, 0], [2, 3])], (x) => argmax(x, 1), [1, 0]),
  convention(
    'argmax',
    'the first NaN',
    [given([1, NaN, inf, NaN, -inf, -inf, -inf, -inf], [2, 4])],
    (x) => argmax(x, 1),
    [1, 0],
  ),
  convention('argmax', 'counts row-major over all axes', [given([0, 1, 2, 9, 4, 5], [2, 3])], (x) => argmax(x), [3]),
  convention(
    'argmax',
    'int32 beyond the exactness of float32',
    [givenWhole([16777216, 16777217])],
    (x) => argmax(x),
    [1],
  ),
  convention('argmin', 'the first of ties', [given([3, 1, 1, 0, 0, 0], [2, 3])], (x) => argmin(x, 1), [1, 0]),
  convention(
    'argmin',
    'the first NaN',
    [given([1, NaN, -inf, NaN, inf, inf, inf, inf], [2, 4])],
    (x) => argmin(x, 1),
    [1, 0],
  ),
  ...[[1], [5], [127], [1000]].map((shape) =>
    smooth('cumsum', `shape [${shape.join()}]`, [real(shape, { low: -1, high: 2 })], (x) => cumsum(x, 0), sums),
  ),
  ...[0, 1, -1].map((axis) => smooth('cumsum', `axis ${axis}`, [real([4, 3, 5])], (x) => cumsum(x, axis), sums)),
  smooth('cumsum', 'rank 0', [real([])], (x) => cumsum(x, 0), sums),
  smooth('cumsum', 'no element', [real([2, 0])], (x) => cumsum(x, 1), sums),
  smooth('cumsum', 'a transposed view', [real([4, 5], { view: 'transposed' })], (x) => cumsum(x, 1), sums),
  smooth('cumsum', 'a flipped view', [real([9], { view: 'flipped' })], (x) => cumsum(x, 0), sums),
  smooth('cumsum', 'int32', [whole([3, 9])], (x) => cumsum(x, 1), exact),
  smooth('cumsum', 'bool counts', [truth([9])], (x: Tensor) => cumsum(x, 0), exact),
  convention('cumsum', 'int32 wraps', [givenWhole([greatest, 1, -1])], (x) => cumsum(x, 0), [
    greatest,
    least,
    greatest,
  ]),
  convention('cumsum', 'NaN stays from where it stands', [given([1, NaN, 2])], (x) => cumsum(x, 0), [1, NaN, NaN]),
  convention(
    'cumsum',
    'each element reaches all later sums',
    [given([1, 2, 3])],
    (x) => cumsum(x, 0),
    {
      outputs: [[1, 3, 6]],
      gradients: [[3, 2, 1]],
    },
    sums,
  ),
]
