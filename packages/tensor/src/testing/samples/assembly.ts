import { concat, stack } from '../../ops/assembly.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, givenWhole, real, repeated, truth, whole } from '../sample-data.js'

const exact = { tolerance: 'exact' } as const

const shapes: readonly (readonly [axis: number, ...shapes: readonly (readonly number[])[]])[] = [
  [0, [3], [4]],
  [0, [1], [1], [1]],
  [0, [2, 3], [4, 3]],
  [1, [2, 3], [2, 1], [2, 4]],
  [-1, [2, 3, 2], [2, 3, 5]],
  [1, [2, 1, 3], [2, 4, 3]],
  [0, [0], [3]],
  [1, [2, 0], [2, 3], [2, 0]],
  [0, [0, 2], [0, 2]],
  [0, [127], [1000]],
  [0, ...Array.from({ length: 20 }, () => [2])],
]

/** Tensors joined to one. */
export const assemblySamples: readonly OpSample[] = [
  ...shapes.map(([axis, ...list]) =>
    smooth(
      'concat',
      `axis ${axis} of ${list.length > 4 ? `${list.length} tensors` : list.map((shape) => `[${shape.join(', ')}]`).join(', ')}`,
      list.map((shape, place) => real(shape, { seed: place + 1 })),
      (...tensors) => concat(tensors, axis),
      exact,
    ),
  ),
  smooth('concat', 'one tensor', [real([3])], (x) => concat([x]), exact),
  smooth('concat', 'one tensor twice', [real([3])], (x) => concat([x, x]), exact),
  smooth(
    'concat',
    'views',
    [
      real([2, 3], { view: 'transposed' }),
      real([4, 3], { view: 'sliced', seed: 2 }),
      real([1, 3], { view: 'flipped', seed: 3 }),
      repeated(2, [3], { seed: 4 }),
    ],
    (...tensors) => concat(tensors),
    exact,
  ),
  smooth('concat', 'int32', [whole([3]), whole([2], { seed: 2 })], (a, b) => concat([a, b]), exact),
  smooth('concat', 'bool', [truth([3]), truth([2], { seed: 2 })], (a, b) => concat([a, b]), exact),
  smooth('concat', 'dtypes promote', [whole([3]), real([2])], (a, b) => concat([a, b]), exact),
  ...[0, 1, -1, -2].map((axis) =>
    smooth(
      'stack',
      `axis ${axis}`,
      [real([2, 3]), real([2, 3], { seed: 2 }), real([2, 3], { seed: 3 })],
      (...tensors) => stack(tensors, axis),
      exact,
    ),
  ),
  smooth('stack', 'rank 0', [real([]), real([], { seed: 2 })], (a, b) => stack([a, b]), exact),
  smooth('stack', 'one tensor', [real([3])], (x) => stack([x], 1), exact),
  smooth('stack', 'no element', [real([0, 2]), real([0, 2])], (a, b) => stack([a, b]), exact),
  smooth(
    'stack',
    'views',
    [real([3, 2], { view: 'transposed' }), real([3, 2], { view: 'sliced', seed: 2 })],
    (a, b) => stack([a, b], 2),
    exact,
  ),
  convention(
    'stack',
    'bool and int32 promote',
    [{ ...givenWhole([1, 0]), dtype: 'bool' }, givenWhole([7, 8])],
    (a, b) => stack([a, b]),
    [1, 0, 7, 8],
  ),
  convention(
    'concat',
    'NaN and infinities',
    [given([Number.NaN]), given([Infinity, -Infinity])],
    (a, b) => concat([a, b]),
    [Number.NaN, Infinity, -Infinity],
    exact,
  ),
]
