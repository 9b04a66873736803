import * as arithmetic from '../../ops/arithmetic.js'
import * as comparison from '../../ops/comparison.js'
import { convention, type OpSample } from '../op-sample.js'
import { givenTruth, givenWhole } from '../sample-data.js'
import { small, state } from './statement.js'

const inf = Infinity
const exact = { tolerance: 'exact' } as const

/** Arithmetic on one tensor at kinks, extremes and NaN, and tests for them. */
export const arithmeticConventions: readonly OpSample[] = [
  state(
    'neg',
    'extremes',
    arithmetic.neg,
    { x: [inf, -inf, NaN, 0, 2 ** 127], y: [-inf, inf, NaN, -0, -(2 ** 127)], slope: [-1, -1, -1, -1, -1] },
    exact,
  ),
  convention('neg', 'int32 wraps at the least', [givenWhole([-(2 ** 31), 2 ** 31 - 1, 0])], arithmetic.neg, [
    -(2 ** 31),
    1 - 2 ** 31,
    0,
  ]),
  state('neg', 'subnormal', arithmetic.neg, { x: [2 ** -140], y: [-(2 ** -140)] }, { ...exact, subnormal: true }),
  state(
    'abs',
    'the slope at 0 is 0',
    arithmetic.abs,
    { x: [0, -0, -2, 2, inf, -inf], y: [0, 0, 2, 2, inf, inf], slope: [0, 0, -1, 1, 1, -1] },
    exact,
  ),
  state('abs', 'NaN', arithmetic.abs, { x: [NaN], y: [NaN] }, exact),
  convention('abs', 'int32 wraps at the least', [givenWhole([-(2 ** 31), -3])], arithmetic.abs, [-(2 ** 31), 3]),
  state(
    'sign',
    'zero and infinities',
    arithmetic.sign,
    { x: [0, -0, -inf, inf, 1e-30, -1e30], y: [0, 0, -1, 1, 1, -1], slope: [0, 0, 0, 0, 0, 0] },
    exact,
  ),
  state('sign', 'NaN', arithmetic.sign, { x: [NaN], y: [NaN] }, exact),
  state(
    'square',
    'extremes',
    arithmetic.square,
    { x: [1e30, -inf, 0, 1e-30], y: [inf, inf, 0, 0], slope: [2e30, -inf, 0, 2e-30] },
    { ...small, float64: false },
  ),
  convention(
    'square',
    'int32 wraps',
    [givenWhole([65536, -46341, 46341])],
    arithmetic.square,
    [0, -2147479015, -2147479015],
  ),
  state(
    'reciprocal',
    'extremes',
    arithmetic.reciprocal,
    { x: [0, inf, -inf, NaN, 2 ** 100], y: [inf, 0, 0, NaN, 2 ** -100] },
    small,
  ),
  state('sqrt', 'extremes', arithmetic.sqrt, { x: [0, 4, inf], y: [0, 2, inf], slope: [inf, 0.25, 0] }, small),
  state(
    'sqrt',
    'negative numbers have no root',
    arithmetic.sqrt,
    { x: [-1, NaN, -inf, -1e-30], y: [NaN, NaN, NaN, NaN] },
    small,
  ),
  state(
    'rsqrt',
    'extremes',
    arithmetic.rsqrt,
    { x: [0, inf, -1, NaN, 2 ** -60, 2 ** 60], y: [inf, 0, NaN, NaN, 2 ** 30, 2 ** -30] },
    small,
  ),
  state(
    'floor',
    'whole numbers, extremes',
    arithmetic.floor,
    {
      x: [-1, -0.5, 2.999, inf, -inf, 3e9, 8388607.5],
      y: [-1, -1, 2, inf, -inf, 3e9, 8388607],
      slope: [0, 0, 0, 0, 0, 0, 0],
    },
    exact,
  ),
  state(
    'ceil',
    'whole numbers, extremes',
    arithmetic.ceil,
    {
      x: [-1, -1.5, 2.001, inf, -inf, 3e9, 8388607.5],
      y: [-1, -1, 3, inf, -inf, 3e9, 8388608],
      slope: [0, 0, 0, 0, 0, 0, 0],
    },
    exact,
  ),
  state(
    'round',
    'halves go to the even neighbour',
    arithmetic.round,
    {
      x: [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 4194304.5, 4194305.5, 0.49999997, -inf, 3e9],
      y: [0, 2, 2, 0, -2, -2, 4194304, 4194306, 0, -inf, 3e9],
      slope: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    },
    exact,
  ),
  ...(['floor', 'ceil', 'round'] as const).map((op) => state(op, 'NaN', arithmetic[op], { x: [NaN], y: [NaN] }, exact)),
  state('isnan', 'extremes', comparison.isnan, { x: [NaN, inf, -inf, 0, 3e38], y: [1, 0, 0, 0, 0] }),
  state('isinf', 'extremes', comparison.isinf, { x: [NaN, inf, -inf, 0, 3e38], y: [0, 1, 1, 0, 0] }),
  state('isfinite', 'extremes', comparison.isfinite, { x: [NaN, inf, -inf, 0, 3e38], y: [0, 0, 0, 1, 1] }),
  state('logicalNot', 'NaN is true, both zeros are false', comparison.logicalNot, {
    x: [NaN, 0, -0, inf],
    y: [0, 1, 1, 0],
  }),
  convention('logicalNot', 'swaps true and false', [givenTruth([1, 0])], comparison.logicalNot, [0, 1]),
]
