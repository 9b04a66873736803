import { castTo } from '../../ops/conversion.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, givenTruth, givenWhole, real, truth, whole } from '../sample-data.js'

const inf = Infinity
const exact = { tolerance: 'exact' } as const

/** Conversions between dtypes: the method `to`. */
export const conversionSamples: readonly OpSample[] = [
  ...(['bool', 'int32', 'float32'] as const).flatMap((dtype) => [
    smooth('to', `float32 to ${dtype}`, [real([17])], (x) => castTo(x, dtype), {
      ...exact,
      differentiable: dtype === 'float32' ? [0] : [],
    }),
    smooth('to', `int32 to ${dtype}`, [whole([17], { view: 'flipped' })], (x) => castTo(x, dtype), exact),
    smooth('to', `bool to ${dtype}`, [truth([17])], (x) => castTo(x, dtype), exact),
    smooth('to', `no element to ${dtype}`, [real([2, 0])], (x) => castTo(x, dtype), { ...exact, differentiable: [] }),
  ]),
  convention(
    'to',
    'int32 truncates and saturates, NaN becomes 0',
    [given([1.9, -1.9, -0.5, 3e9, -3e9, inf, -inf, NaN, 2147483520])],
    (x) => castTo(x, 'int32'),
    [1, -1, 0, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, -(2 ** 31), 0, 2147483520],
  ),
  convention('to', 'bool is x ≠ 0', [given([0, -0, 0.1, NaN, -inf])], (x) => castTo(x, 'bool'), [0, 0, 1, 1, 1]),
  convention(
    'to',
    'int32 to float32 rounds to even',
    [givenWhole([16777217, 16777219, -16777217])],
    (x) => castTo(x, 'float32'),
    [16777216, 16777220, -16777216],
  ),
  convention('to', 'true is 1', [givenTruth([1, 0])], (x) => castTo(x, 'float32'), [1, 0]),
]
