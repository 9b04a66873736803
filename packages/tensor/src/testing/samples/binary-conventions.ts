import { add, div, maximum, minimum, mul, pow, sub } from '../../ops/arithmetic.js'
import { equal, greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr, notEqual } from '../../ops/comparison.js'
import { convention, type OpSample } from '../op-sample.js'
import { given, givenTruth, givenWhole } from '../sample-data.js'

const inf = Infinity
const least = -(2 ** 31)
const greatest = 2 ** 31 - 1

const exact = { tolerance: 'exact' } as const

// Every pair of −1, 0, −0, ∞ and NaN that an order can be wrong about.
const left = given([1, 2, 3, 0, inf, -inf, inf, NaN, 1, NaN])
const right = given([2, 2, 1, -0, inf, inf, -inf, 1, NaN, NaN])

/** Elementwise ops of two operands at ties, extremes and NaN. */
export const binaryConventions: readonly OpSample[] = [
  convention(
    'add',
    'infinities and NaN',
    [given([inf, inf, NaN, 3e38]), given([1, -inf, 1, 3e38])],
    add,
    [inf, NaN, NaN, inf],
    {
      float64: false,
    },
  ),
  convention('add', 'int32 wraps', [givenWhole([greatest, least]), givenWhole([1, -1])], add, [least, greatest]),
  convention('add', 'bool is or', [givenTruth([0, 0, 1, 1]), givenTruth([0, 1, 0, 1])], add, [0, 1, 1, 1]),
  convention('add', 'subnormals', [given([2 ** -140]), given([2 ** -140])], add, [2 ** -139], {
    ...exact,
    subnormal: true,
  }),
  convention('sub', 'infinities and NaN', [given([inf, inf, NaN]), given([1, inf, 1])], sub, [inf, NaN, NaN]),
  convention('sub', 'int32 wraps', [givenWhole([least, greatest]), givenWhole([1, -1])], sub, [greatest, least]),
  convention('mul', 'infinities and NaN', [given([inf, inf, NaN, -inf]), given([2, 0, 1, 3])], mul, [
    inf,
    NaN,
    NaN,
    -inf,
  ]),
  convention(
    'mul',
    'int32 wraps',
    [givenWhole([65536, greatest, 123456789]), givenWhole([65537, 2, 987654321])],
    mul,
    [65536, -2, -67153019],
  ),
  convention('mul', 'bool is and', [givenTruth([0, 0, 1, 1]), givenTruth([0, 1, 0, 1])], mul, [0, 0, 0, 1]),
  convention('div', 'by zero', [given([1, -1, 0, inf, 1]), given([0, 0, 0, inf, inf])], div, [inf, -inf, NaN, NaN, 0]),
  convention('div', 'int32 gives float32', [givenWhole([7, -7, 1]), givenWhole([2, 2, 3])], div, [
    3.5,
    -3.5,
    Math.fround(1 / 3),
  ]),
  convention('div', 'int32 by zero gives infinities', [givenWhole([1, -1, 0]), givenWhole([0, 0, 0])], div, [
    inf,
    -inf,
    NaN,
  ]),
  convention(
    'pow',
    'whole exponents of negative numbers',
    [given([-2, -2, -2, -8, -1]), given([2, 3, -1, 0, 101])],
    pow,
    [4, -8, -0.5, 1, -1],
    { tolerance: 'transcendental' },
  ),
  convention('pow', 'fractions of negative numbers are NaN', [given([-8, -1]), given([0.5, 1.5])], pow, [NaN, NaN]),
  convention(
    'pow',
    'zeros, ones, infinities and NaN as IEEE 754',
    [
      given([0, 0, 0, 1, NaN, 1, 2, 2, 0.5, inf, inf, NaN, -1, -1]),
      given([0, 2, -1, NaN, 0, inf, inf, -inf, inf, 2, -1, 1, inf, -inf]),
    ],
    pow,
    [1, 0, inf, 1, 1, 1, inf, 0, 0, inf, 0, NaN, 1, 1],
  ),
  convention('pow', 'gradients at a base of 0', [given([0, 0, 0, 0]), given([2, 1, 3.5, 0])], pow, {
    outputs: [[0, 0, 0, 1]],
    gradients: [
      [0, 1, 0, 0],
      [0, 0, 0, 0],
    ],
  }),
  convention('pow', 'the square of a number', [given([-3, 0, 2])], (x) => pow(x, 2), {
    outputs: [[9, 0, 4]],
    gradients: [[-6, 0, 4]],
  }),
  convention('pow', 'a fraction of a negative number', [given([-3, 4])], (x) => pow(x, 0.5), [NaN, 2]),
  convention('pow', 'a negative whole number', [given([-2, 4, 0])], (x) => pow(x, -1), [-0.5, 0.25, inf]),
  convention(
    'pow',
    'int32 wraps; negative exponents leave 0, 1 and −1',
    [givenWhole([3, -2, 2, 2, 3, -1, 1, -1, 2, 0, 7, 10]), givenWhole([4, 3, 31, 32, 21, -3, -5, -4, -1, 0, 12, 10])],
    pow,
    [81, -8, least, 0, 1870418611, -1, 1, 1, 0, 1, 956385313, 1410065408],
  ),
  convention(
    'maximum',
    'ties share the gradient',
    [given([1, 2, 3, -1]), given([1, 3, 2, -1])],
    maximum,
    {
      outputs: [[1, 3, 3, -1]],
      gradients: [
        [0.5, 0, 1, 0.5],
        [0.5, 1, 0, 0.5],
      ],
    },
    exact,
  ),
  convention(
    'maximum',
    'NaN wins',
    [given([NaN, 1, NaN, -inf]), given([1, NaN, NaN, inf])],
    maximum,
    [NaN, NaN, NaN, inf],
    exact,
  ),
  convention('maximum', 'int32 at its ends', [givenWhole([least, 5]), givenWhole([greatest, -5])], maximum, [
    greatest,
    5,
  ]),
  convention('maximum', 'a number ties with the tensor', [given([2, 1, 3])], (x) => maximum(x, 2), {
    outputs: [[2, 2, 3]],
    gradients: [[0.5, 0, 1]],
  }),
  convention(
    'minimum',
    'ties share the gradient',
    [given([1, 2, 3, -1]), given([1, 3, 2, -1])],
    minimum,
    {
      outputs: [[1, 2, 2, -1]],
      gradients: [
        [0.5, 1, 0, 0.5],
        [0.5, 0, 1, 0.5],
      ],
    },
    exact,
  ),
  convention(
    'minimum',
    'NaN wins',
    [given([NaN, 1, NaN, -inf]), given([1, NaN, NaN, inf])],
    minimum,
    [NaN, NaN, NaN, -inf],
    exact,
  ),
  convention('minimum', 'int32 at its ends', [givenWhole([least, 5]), givenWhole([greatest, -5])], minimum, [
    least,
    -5,
  ]),
  convention('equal', 'zeros are equal, NaN is not', [left, right], equal, [0, 1, 0, 1, 1, 0, 0, 0, 0, 0]),
  convention('notEqual', 'zeros are equal, NaN is not', [left, right], notEqual, [1, 0, 1, 0, 0, 1, 1, 1, 1, 1]),
  convention('less', 'NaN compares false', [left, right], less, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0]),
  convention('lessEqual', 'NaN compares false', [left, right], lessEqual, [1, 1, 0, 1, 1, 1, 0, 0, 0, 0]),
  convention('greater', 'NaN compares false', [left, right], greater, [0, 0, 1, 0, 0, 0, 1, 0, 0, 0]),
  convention('greaterEqual', 'NaN compares false', [left, right], greaterEqual, [0, 1, 1, 1, 1, 0, 1, 0, 0, 0]),
  convention('less', 'int32 at its ends', [givenWhole([least, greatest]), givenWhole([greatest, least])], less, [1, 0]),
  convention(
    'equal',
    'int32 beyond the exactness of float32',
    [givenWhole([16777217]), givenWhole([16777216])],
    equal,
    [0],
  ),
  convention('less', 'false is below true', [givenTruth([0, 0, 1, 1]), givenTruth([0, 1, 0, 1])], less, [0, 1, 0, 0]),
  convention('logicalAnd', 'NaN is true', [given([NaN, NaN, 0, -0]), given([1, 0, NaN, 1])], logicalAnd, [1, 0, 0, 0]),
  convention('logicalOr', 'NaN is true', [given([NaN, 0, 0, -0]), given([0, NaN, 0, 0])], logicalOr, [1, 1, 0, 0]),
]
