import { argsort, sort, topK } from '../../ops/ordering.js'
import type { Tensor } from '../../tensor.js'
import { convention, type OpSample, type SampleOptions, smooth } from '../op-sample.js'
import { given, givenWhole, real, repeated, truth, whole } from '../sample-data.js'

const inf = Infinity
const exact: SampleOptions = { tolerance: 'exact' }
const placesOnly: SampleOptions = { tolerance: 'exact', differentiable: [] }

const pair = ({ values, indices }: { values: Tensor; indices: Tensor }): readonly Tensor[] => [values, indices]

const shapes = [[], [1], [0], [5], [17], [127], [1000], [4, 5], [3, 0], [2, 3, 4]] as const

/** Sorting. */
export const orderingSamples: readonly OpSample[] = [
  ...shapes.flatMap((shape) => [
    smooth('sort', `[${shape.join(', ')}]`, [real(shape)], (x) => pair(sort(x)), exact),
    smooth(
      'sort',
      `[${shape.join(', ')}], descending`,
      [real(shape)],
      (x) => pair(sort(x, { descending: true })),
      exact,
    ),
    smooth('argsort', `[${shape.join(', ')}]`, [real(shape)], (x) => argsort(x), placesOnly),
  ]),
  ...[0, 1, -1].map((axis) => smooth('sort', `axis ${axis}`, [real([4, 3, 5])], (x) => pair(sort(x, { axis })), exact)),
  smooth('sort', 'a transposed view', [real([4, 5], { view: 'transposed' })], (x) => pair(sort(x)), exact),
  smooth(
    'sort',
    'a flipped view along axis 0',
    [real([4, 5], { view: 'flipped' })],
    (x) => pair(sort(x, { axis: 0 })),
    exact,
  ),
  smooth('sort', 'a sliced view', [real([3, 5], { view: 'sliced' })], (x) => pair(sort(x)), exact),
  smooth('sort', 'int32', [whole([3, 9])], (x) => pair(sort(x)), exact),
  smooth('sort', 'bool', [truth([9])], (x) => pair(sort(x)), exact),
  smooth(
    'argsort',
    'descending along axis 0',
    [real([5, 3])],
    (x) => argsort(x, { axis: 0, descending: true }),
    placesOnly,
  ),
  convention(
    'sort',
    'ties keep their order',
    [given([2, 1, 2, 1])],
    (x) => pair(sort(x)),
    {
      outputs: [
        [1, 1, 2, 2],
        [1, 3, 0, 2],
      ],
      gradients: [[1, 1, 1, 1]],
    },
    exact,
  ),
  convention(
    'sort',
    'ties keep their order, descending too',
    [given([2, 1, 2, 1])],
    (x) => pair(sort(x, { descending: true })),
    {
      outputs: [
        [2, 2, 1, 1],
        [0, 2, 1, 3],
      ],
    },
    exact,
  ),
  convention(
    'sort',
    'NaN is greatest',
    [given([NaN, inf, -inf, 0])],
    (x) => pair(sort(x)),
    {
      outputs: [
        [-inf, 0, inf, NaN],
        [2, 3, 1, 0],
      ],
    },
    exact,
  ),
  convention(
    'sort',
    'NaN is first, descending',
    [given([0, inf, NaN, -inf])],
    (x) => pair(sort(x, { descending: true })),
    {
      outputs: [
        [NaN, inf, 0, -inf],
        [2, 1, 0, 3],
      ],
    },
    exact,
  ),
  convention('sort', 'the two zeros tie', [given([0, -0, 0])], (x) => argsort(x), [0, 1, 2], exact),
  convention(
    'sort',
    'int32 at its ends',
    [givenWhole([2 ** 31 - 1, -(2 ** 31), 16777217, 16777216])],
    (x) => pair(sort(x)),
    {
      outputs: [
        [-(2 ** 31), 16777216, 16777217, 2 ** 31 - 1],
        [1, 3, 2, 0],
      ],
    },
  ),
  convention(
    'sort',
    'gradients go back to their places',
    [given([3, 1, 2])],
    (x) => pair(sort(x)),
    {
      outputs: [
        [1, 2, 3],
        [1, 2, 0],
      ],
      seed: [10, 20, 30],
      gradients: [[30, 10, 20]],
    },
    exact,
  ),
  convention('argsort', 'ties keep their order', [given([1, 1, 0])], (x) => argsort(x), [2, 0, 1], exact),
  ...(
    [
      [[5], 3],
      [[5], 5],
      [[5], 0],
      [[127], 10],
      [[1000], 3],
      [[4, 9], 2],
    ] as const
  ).flatMap(([shape, k]) => [
    smooth('topK', `${k} of [${shape.join(', ')}]`, [real(shape)], (x) => pair(topK(x, k)), exact),
    smooth(
      'topK',
      `the smallest ${k} of [${shape.join(', ')}]`,
      [real(shape)],
      (x) => pair(topK(x, k, { largest: false })),
      exact,
    ),
  ]),
  smooth('topK', 'axis 0', [real([6, 3])], (x) => pair(topK(x, 2, { axis: 0 })), exact),
  smooth('topK', 'rank 0', [real([])], (x) => pair(topK(x, 1)), exact),
  smooth('topK', 'a transposed view', [real([4, 5], { view: 'transposed' })], (x) => pair(topK(x, 2)), exact),
  smooth('topK', 'int32', [whole([3, 9])], (x) => pair(topK(x, 4)), exact),
  smooth(
    'topK',
    'a repeated view gives the first places',
    [repeated(4, [3])],
    (x) => pair(topK(x, 2, { axis: 0 })),
    placesOnly,
  ),
  convention(
    'topK',
    'ties give the first places',
    [given([1, 3, 3, 3])],
    (x) => pair(topK(x, 2)),
    {
      outputs: [
        [3, 3],
        [1, 2],
      ],
      gradients: [[0, 1, 1, 0]],
    },
    exact,
  ),
  convention(
    'topK',
    'NaN is greatest',
    [given([1, NaN, inf])],
    (x) => pair(topK(x, 2)),
    {
      outputs: [
        [NaN, inf],
        [1, 2],
      ],
    },
    exact,
  ),
]
