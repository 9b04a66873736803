import { linear } from '../../ops/linear.js'
import { dot, matmul, outer } from '../../ops/matmul.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, givenWhole, real, repeated, whole } from '../sample-data.js'
import type { InputView } from '../sample-input.js'

const sums = { tolerance: 'contraction' } as const
const exact = { tolerance: 'exact' } as const
const inf = Infinity

/** Rows, inner and columns around the sizes of tiles. */
const sizes: readonly (readonly [rows: number, inner: number, columns: number])[] = [
  [1, 1, 1],
  [2, 3, 4],
  [3, 1, 5],
  [1, 7, 1],
  [1, 64, 9],
  [9, 64, 1],
  [4, 4, 4],
  [5, 8, 3],
  [7, 9, 5],
  [8, 8, 8],
  [8, 16, 12],
  [13, 5, 17],
  [16, 16, 16],
  [31, 33, 32],
  [33, 17, 31],
  [33, 127, 9],
  [2, 1000, 3],
  [65, 3, 66],
  [3, 0, 4],
  [0, 3, 4],
  [3, 4, 0],
]

const batches: readonly (readonly [a: readonly number[], b: readonly number[]])[] = [
  [
    [2, 3, 4],
    [2, 4, 5],
  ],
  [
    [3, 2, 4],
    [4, 5],
  ],
  [
    [2, 4],
    [3, 4, 5],
  ],
  [
    [2, 1, 3, 4],
    [3, 4, 2],
  ],
  [
    [1, 3, 4],
    [5, 4, 2],
  ],
  [
    [2, 3, 9, 8],
    [2, 3, 8, 17],
  ],
  [
    [0, 2, 3],
    [0, 3, 2],
  ],
]

const views: readonly (readonly [a: InputView, b: InputView])[] = [
  ['transposed', 'dense'],
  ['dense', 'transposed'],
  ['transposed', 'transposed'],
  ['offset', 'offset'],
  ['sliced', 'dense'],
  ['dense', 'sliced'],
  ['flipped', 'transposed'],
  ['dense', 'flipped'],
]

const range = { low: -1, high: 2 }

/** Matrix products. */
export const matmulSamples: readonly OpSample[] = [
  ...sizes.map(([rows, inner, columns]) =>
    smooth(
      'matmul',
      `[${rows}, ${inner}] × [${inner}, ${columns}]`,
      [real([rows, inner], range), real([inner, columns], { ...range, seed: 2 })],
      matmul,
      sums,
    ),
  ),
  ...batches.map(([a, b]) =>
    smooth(
      'matmul',
      `batched [${a.join(', ')}] × [${b.join(', ')}]`,
      [real(a, range), real(b, { ...range, seed: 2 })],
      matmul,
      sums,
    ),
  ),
  ...views.flatMap(([a, b]) => [
    smooth(
      'matmul',
      `${a} × ${b}`,
      [real([7, 9], { ...range, view: a }), real([9, 5], { ...range, seed: 2, view: b })],
      matmul,
      sums,
    ),
    smooth(
      'matmul',
      `larger ${a} × ${b}`,
      [real([18, 33], { ...range, view: a }), real([33, 26], { ...range, seed: 2, view: b })],
      matmul,
      sums,
    ),
  ]),
  smooth(
    'matmul',
    'a batch with axes reversed',
    [real([2, 3, 4], { ...range, view: 'reversed' }), real([2, 4, 5], { ...range, seed: 2, view: 'transposed' })],
    matmul,
    sums,
  ),
  smooth(
    'matmul',
    'a repeated batch',
    [repeated(3, [2, 4], range), real([3, 4, 2], { ...range, seed: 2 })],
    matmul,
    sums,
  ),
  smooth('matmul', 'a repeated row', [repeated(3, [4], range), real([4, 2], { ...range, seed: 2 })], matmul, sums),
  smooth('matmul', 'vector × vector', [real([17], range), real([17], { ...range, seed: 2 })], matmul, sums),
  smooth('matmul', 'vector × matrix', [real([9], range), real([9, 5], { ...range, seed: 2 })], matmul, sums),
  smooth('matmul', 'matrix × vector', [real([9, 5], range), real([5], { ...range, seed: 2 })], matmul, sums),
  smooth('matmul', 'batch × vector', [real([2, 3, 4], range), real([4], { ...range, seed: 2 })], matmul, sums),
  smooth('matmul', 'vector × batch', [real([3], range), real([2, 3, 4], { ...range, seed: 2 })], matmul, sums),
  smooth('matmul', 'int32', [whole([7, 9]), whole([9, 5], { seed: 2 })], matmul, exact),
  smooth('matmul', 'int32 and float32', [whole([3, 4]), real([4, 5], range)], matmul, sums),
  convention(
    'matmul',
    'an inner axis of size 0 gives 0',
    [given([], [2, 0]), given([], [0, 3])],
    matmul,
    [0, 0, 0, 0, 0, 0],
  ),
  convention(
    'matmul',
    'int32 wraps',
    [givenWhole([65536, 1], [1, 2]), givenWhole([65537, 7], [2, 1])],
    matmul,
    [65543],
  ),
  convention(
    'matmul',
    '0 · ∞ and NaN spread along row and column',
    [given([0, 1, 1, 1], [2, 2]), given([inf, 1, NaN, 1], [2, 2])],
    matmul,
    [NaN, 1, NaN, 2],
  ),
  convention(
    'matmul',
    'gradients are g Bᵀ and Aᵀ g',
    [given([1, 2, 3, 4], [2, 2]), given([5, 6, 7, 8], [2, 2])],
    matmul,
    {
      outputs: [[19, 22, 43, 50]],
      gradients: [
        [11, 15, 11, 15],
        [4, 4, 6, 6],
      ],
    },
    exact,
  ),
  ...[0, 1, 5, 127, 1000].map((size) =>
    smooth('dot', `${size} elements`, [real([size], range), real([size], { ...range, seed: 2 })], dot, sums),
  ),
  smooth(
    'dot',
    'flipped and sliced',
    [real([9], { ...range, view: 'flipped' }), real([9], { ...range, seed: 2, view: 'sliced' })],
    dot,
    sums,
  ),
  smooth('dot', 'int32', [whole([9]), whole([9], { seed: 2 })], dot, exact),
  ...(
    [
      [1, 1],
      [3, 4],
      [0, 3],
      [33, 17],
    ] as const
  ).map(([rows, columns]) =>
    smooth('outer', `[${rows}] ⊗ [${columns}]`, [real([rows]), real([columns], { seed: 2 })], outer, exact),
  ),
  smooth(
    'outer',
    'flipped and sliced',
    [real([5], { view: 'flipped' }), real([4], { seed: 2, view: 'sliced' })],
    outer,
    exact,
  ),
  smooth('outer', 'int32 and float32', [whole([3]), real([4])], outer, exact),
  ...(
    [
      [[4, 3], 5],
      [[1, 1], 1],
      [[3], 4],
      [[2, 3, 4], 5],
      [[33, 17], 31],
      [[0, 3], 2],
      [[8, 64], 16],
      [[5, 130], 9],
    ] as const
  ).flatMap(([shape, out]) => {
    const inner = shape[shape.length - 1] ?? 1
    const x = real(shape, range)
    const weight = real([out, inner], { ...range, seed: 2 })
    return [
      smooth('linear', `[${shape.join(', ')}] to ${out}`, [x, weight, real([out], { seed: 3 })], linear, sums),
      smooth('linear', `[${shape.join(', ')}] to ${out}, without bias`, [x, weight], linear, sums),
    ]
  }),
  smooth(
    'linear',
    'views',
    [
      real([4, 6], { ...range, view: 'transposed' }),
      real([5, 6], { ...range, seed: 2, view: 'transposed' }),
      real([5], { seed: 3, view: 'flipped' }),
    ],
    linear,
    sums,
  ),
  smooth(
    'linear',
    'a batch that is a view',
    [
      real([2, 3, 4], { ...range, view: 'sliced' }),
      real([5, 4], { ...range, seed: 2, view: 'sliced' }),
      real([5], { seed: 3, view: 'sliced' }),
    ],
    linear,
    sums,
  ),
  smooth(
    'linear',
    'a batch with axes reversed',
    [real([2, 3, 4], { ...range, view: 'reversed' }), real([5, 4], { ...range, seed: 2 }), real([5], { seed: 3 })],
    linear,
    sums,
  ),
  convention(
    'linear',
    'an inner axis of size 0 gives the bias',
    [given([], [2, 0]), given([], [3, 0]), given([1, 2, 3])],
    linear,
    [1, 2, 3, 1, 2, 3],
  ),
]
