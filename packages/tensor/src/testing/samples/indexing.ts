import { embedding, gather, indexSelect, scatterAdd, takeAlongAxis, tril, triu } from '../../ops/indexing.js'
import { argsort } from '../../ops/ordering.js'
import type { Tensor } from '../../tensor.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, givenWhole, real, repeated, truth, whole } from '../sample-data.js'

const exact = { tolerance: 'exact' } as const
const sums = { tolerance: 'contraction' } as const
const rowsOf = (ids: Tensor, weight: Tensor): Tensor => embedding(ids, weight)
const places = (shape: readonly number[], size: number, seed = 1): ReturnType<typeof whole> =>
  whole(shape, { low: 0, high: size - 1, seed })

/** Elements by place. */
export const indexingSamples: readonly OpSample[] = [
  smooth('gather', 'axis 0', [real([4, 3]), places([2, 3], 4)], (x, index) => gather(x, 0, index), exact),
  smooth('gather', 'axis 1', [real([4, 3]), places([4, 5], 3)], (x, index) => gather(x, 1, index), exact),
  smooth('gather', 'axis −1', [real([2, 3, 4]), places([2, 3, 6], 4)], (x, index) => gather(x, -1, index), exact),
  smooth(
    'gather',
    'the middle axis',
    [real([2, 5, 3]), places([2, 2, 3], 5)],
    (x, index) => gather(x, 1, index),
    exact,
  ),
  smooth(
    'gather',
    'an index smaller along other axes',
    [real([4, 3]), places([2, 2], 4)],
    (x, index) => gather(x, 0, index),
    exact,
  ),
  smooth('gather', 'no place', [real([4, 3]), places([4, 0], 3)], (x, index) => gather(x, 1, index), exact),
  smooth('gather', '1000 of 127', [real([127]), places([1000], 127)], (x, index) => gather(x, 0, index), exact),
  smooth(
    'gather',
    'views',
    [real([4, 3], { view: 'transposed' }), { ...places([4, 2], 3), view: 'flipped' }],
    (x, index) => gather(x, 1, index),
    exact,
  ),
  smooth('gather', 'int32', [whole([6]), places([4], 6)], (x, index) => gather(x, 0, index), exact),
  smooth('gather', 'bool', [truth([6]), places([4], 6)], (x, index) => gather(x, 0, index), exact),
  convention(
    'gather',
    'a place taken twice gets both gradients',
    [given([1, 2, 3]), givenWhole([2, 0, 2])],
    (x, index) => gather(x, 0, index),
    {
      outputs: [[3, 1, 3]],
      gradients: [[1, 0, 2]],
    },
    exact,
  ),
  smooth(
    'takeAlongAxis',
    'by the places of a sort',
    [real([3, 7])],
    (x) => takeAlongAxis(x, argsort(x.detach(), { axis: 1 }), 1),
    exact,
  ),
  smooth(
    'takeAlongAxis',
    'an index that broadcasts',
    [real([3, 4]), places([1, 2], 4)],
    (x, index) => takeAlongAxis(x, index, 1),
    exact,
  ),
  smooth(
    'takeAlongAxis',
    'a tensor that broadcasts',
    [real([1, 4]), places([3, 2], 4)],
    (x, index) => takeAlongAxis(x, index, 1),
    exact,
  ),
  smooth(
    'takeAlongAxis',
    'axis −2',
    [real([4, 3]), places([2, 3], 4)],
    (x, index) => takeAlongAxis(x, index, -2),
    exact,
  ),
  smooth('indexSelect', 'rows', [real([5, 3]), places([4], 5)], (x, index) => indexSelect(x, 0, index), exact),
  smooth('indexSelect', 'columns', [real([3, 5]), places([7], 5)], (x, index) => indexSelect(x, 1, index), exact),
  smooth(
    'indexSelect',
    'the middle axis',
    [real([2, 4, 3]), places([3], 4)],
    (x, index) => indexSelect(x, -2, index),
    exact,
  ),
  smooth('indexSelect', 'no place', [real([3, 5]), places([0], 5)], (x, index) => indexSelect(x, 1, index), exact),
  smooth(
    'indexSelect',
    'views',
    [real([4, 5], { view: 'sliced' }), { ...places([3], 4), view: 'sliced' }],
    (x, index) => indexSelect(x, 0, index),
    exact,
  ),
  smooth('indexSelect', 'int32', [whole([5]), places([4], 5)], (x, index) => indexSelect(x, 0, index), exact),
  convention(
    'indexSelect',
    'a row taken twice gets both gradients',
    [given([1, 2, 3, 4], [2, 2]), givenWhole([1, 1])],
    (x, index) => indexSelect(x, 0, index),
    {
      outputs: [[3, 4, 3, 4]],
      gradients: [[0, 0, 2, 2]],
    },
    exact,
  ),
  smooth(
    'scatterAdd',
    'axis 0',
    [real([4, 3]), places([6, 3], 4), real([6, 3], { seed: 2 })],
    (x, index, source) => scatterAdd(x, 0, index, source),
    sums,
  ),
  smooth(
    'scatterAdd',
    'axis 1',
    [real([4, 3]), places([4, 5], 3), real([4, 5], { seed: 2 })],
    (x, index, source) => scatterAdd(x, 1, index, source),
    sums,
  ),
  smooth(
    'scatterAdd',
    'axis −1 of rank 3',
    [real([2, 3, 4]), places([2, 3, 2], 4), real([2, 3, 2], { seed: 2 })],
    (x, index, source) => scatterAdd(x, -1, index, source),
    sums,
  ),
  smooth(
    'scatterAdd',
    'an index smaller than source and tensor',
    [real([4, 3]), places([2, 2], 4), real([3, 3], { seed: 2 })],
    (x, index, source) => scatterAdd(x, 0, index, source),
    sums,
  ),
  smooth(
    'scatterAdd',
    'no place',
    [real([4]), places([0], 4), real([0])],
    (x, index, source) => scatterAdd(x, 0, index, source),
    sums,
  ),
  smooth(
    'scatterAdd',
    '1000 into 17',
    [real([17]), places([1000], 17), real([1000], { low: -1, high: 2, seed: 2 })],
    (x, index, source) => scatterAdd(x, 0, index, source),
    sums,
  ),
  smooth(
    'scatterAdd',
    'views',
    [
      real([4, 3], { view: 'transposed' }),
      { ...places([4, 5], 3), view: 'flipped' },
      real([4, 5], { seed: 2, view: 'sliced' }),
    ],
    (x, index, source) => scatterAdd(x, 1, index, source),
    sums,
  ),
  smooth(
    'scatterAdd',
    'int32',
    [whole([4]), places([9], 4), whole([9], { seed: 2 })],
    (x, index, source) => scatterAdd(x, 0, index, source),
    exact,
  ),
  convention(
    'scatterAdd',
    'adds up where places repeat',
    [given([10, 20, 30]), givenWhole([0, 2, 2]), given([1, 2, 3])],
    (x, index, source) => scatterAdd(x, 0, index, source),
    {
      outputs: [[11, 20, 35]],
      gradients: [[1, 1, 1], undefined, [1, 1, 1]],
    },
  ),
  ...(
    [
      [[4], 9, 3],
      [[2, 3], 5, 4],
      [[], 5, 4],
      [[0], 5, 4],
      [[7], 3, 1],
      [[33], 100, 17],
    ] as const
  ).map(([shape, count, width]) =>
    smooth(
      'embedding',
      `[${shape.join(', ')}] of ${count} rows of ${width}`,
      [places(shape, count), real([count, width])],
      rowsOf,
      exact,
    ),
  ),
  convention(
    'embedding',
    'the row of padding gets no gradient',
    [givenWhole([2, 0, 2, 1], [2, 2]), given([1, 2, 3, 4, 5, 6], [3, 2])],
    (ids, weight) => embedding(ids, weight, { paddingIdx: -1 }),
    {
      outputs: [[5, 6, 1, 2, 5, 6, 3, 4]],
      gradients: [undefined, [1, 1, 1, 1, 0, 0]],
    },
    exact,
  ),
  smooth('embedding', 'a transposed weight', [places([5], 4), real([4, 3], { view: 'transposed' })], rowsOf, exact),
  smooth(
    'embedding',
    'a sliced list of places',
    [{ ...places([2, 3], 4), view: 'sliced' }, real([4, 3])],
    rowsOf,
    exact,
  ),
  convention(
    'embedding',
    'a row taken twice gets both gradients',
    [givenWhole([1, 0, 1], [1, 3]), given([1, 2, 3, 4], [2, 2])],
    rowsOf,
    {
      outputs: [[3, 4, 1, 2, 3, 4]],
      gradients: [undefined, [1, 1, 2, 2]],
    },
    exact,
  ),
  ...(
    [
      ['tril', tril],
      ['triu', triu],
    ] as const
  ).flatMap(([op, run]) => [
    ...[-2, -1, 0, 1, 5].map((diagonal) =>
      smooth(op, `diagonal ${diagonal}`, [real([4, 5])], (x) => run(x, diagonal), exact),
    ),
    smooth(op, 'tall', [real([5, 3])], (x) => run(x), exact),
    smooth(op, 'a batch', [real([2, 3, 3])], (x) => run(x), exact),
    smooth(op, 'a transposed view', [real([4, 4], { view: 'transposed' })], (x) => run(x), exact),
    smooth(op, 'a repeated view', [repeated(4, [4])], (x) => run(x), exact),
    smooth(op, 'no element', [real([0, 3])], (x) => run(x), exact),
    smooth(op, 'int32', [whole([3, 3])], (x) => run(x), exact),
    smooth(op, 'bool', [truth([3, 3])], (x) => run(x), exact),
    convention(
      op,
      'NaN outside the triangle goes away',
      [given([1, Number.NaN, Number.NaN, 1], [2, 2])],
      (x) => run(x),
      op === 'tril' ? [1, 0, Number.NaN, 1] : [1, Number.NaN, 0, 1],
      exact,
    ),
  ]),
]
