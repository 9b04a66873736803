import { conv1d, type Conv1dOptions, conv2d, type Conv2dOptions } from '../../ops/convolution.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, real } from '../sample-data.js'
import type { SampleInput } from '../sample-input.js'

const sums = { tolerance: 'contraction' } as const
const range = { low: -1, high: 2 }

type Case<Options> = readonly [name: string, input: readonly number[], weight: readonly number[], options?: Options]

const planes: readonly Case<Conv2dOptions>[] = [
  ['one tap', [1, 1, 1, 1], [1, 1, 1, 1]],
  ['1 × 1 over channels', [2, 3, 4, 5], [4, 3, 1, 1]],
  ['3 × 3', [1, 2, 5, 6], [3, 2, 3, 3]],
  ['3 × 3, padded', [2, 2, 5, 4], [3, 2, 3, 3], { padding: 1 }],
  ['5 × 5, padded', [1, 1, 7, 7], [2, 1, 5, 5], { padding: 2 }],
  ['2 × 3 window', [1, 2, 5, 6], [3, 2, 2, 3]],
  ['stride 2', [1, 2, 7, 6], [3, 2, 3, 3], { stride: 2 }],
  ['stride and padding by axis', [1, 1, 7, 8], [2, 1, 3, 2], { stride: [2, 3], padding: [1, 0] }],
  ['a stride beyond the window', [1, 1, 7, 7], [1, 1, 2, 2], { stride: 3 }],
  ['dilation 2', [1, 2, 7, 7], [2, 2, 3, 3], { dilation: 2 }],
  ['dilation by axis, padded', [1, 1, 6, 7], [2, 1, 2, 3], { dilation: [3, 2], padding: [1, 2] }],
  ['stride, padding and dilation', [2, 2, 8, 9], [3, 2, 3, 3], { stride: 2, padding: 2, dilation: 2 }],
  ['2 groups', [1, 4, 4, 4], [6, 2, 3, 3], { groups: 2 }],
  ['a group a channel', [2, 3, 5, 5], [6, 1, 3, 3], { groups: 3, padding: 1 }],
  ['groups with stride', [1, 4, 5, 5], [4, 2, 2, 2], { groups: 2, stride: 2 }],
  ["padding 'same'", [1, 2, 5, 6], [3, 2, 3, 5], { padding: 'same' }],
  ["padding 'same', even window", [1, 2, 5, 6], [3, 2, 2, 4], { padding: 'same' }],
  ["padding 'valid'", [1, 2, 5, 6], [3, 2, 3, 3], { padding: 'valid' }],
  ['a window as large as the input', [2, 3, 4, 5], [2, 3, 4, 5]],
  ['a window larger than the input, padded', [1, 1, 2, 2], [1, 1, 3, 3], { padding: 1 }],
  ['no batch axis', [2, 5, 6], [3, 2, 3, 3]],
  ['an empty batch', [0, 2, 5, 6], [3, 2, 3, 3]],
  ['17 channels to 9', [1, 17, 6, 5], [9, 17, 3, 3], { padding: 1 }],
  ['a plane of 33 × 20', [1, 1, 33, 20], [4, 1, 5, 5]],
]

const lines: readonly Case<Conv1dOptions>[] = [
  ['one tap', [1, 1, 1], [1, 1, 1]],
  ['3 taps', [2, 3, 9], [4, 3, 3]],
  ['stride, padding and dilation', [1, 2, 11], [3, 2, 3], { stride: 2, padding: 2, dilation: 2 }],
  ['groups', [2, 4, 7], [6, 2, 3], { groups: 2 }],
  ["padding 'same'", [1, 2, 8], [2, 2, 5], { padding: 'same' }],
  ['no batch axis', [2, 9], [3, 2, 4]],
  ['127 places', [1, 1, 127], [1, 1, 7]],
]

const inputsOf = (input: readonly number[], weight: readonly number[]): [SampleInput, SampleInput, SampleInput] => [
  real(input, range),
  real(weight, { ...range, seed: 2 }),
  real([weight[0] ?? 0], { seed: 3 }),
]

/** Convolutions. */
export const convolutionSamples: readonly OpSample[] = [
  ...planes.flatMap(([name, input, weight, options]) => {
    const [x, taps, bias] = inputsOf(input, weight)
    return [
      smooth('conv2d', name, [x, taps], (a, b) => conv2d(a, b, options), sums),
      smooth('conv2d', `${name}, with bias`, [x, taps, bias], (a, b, c) => conv2d(a, b, { ...options, bias: c }), sums),
    ]
  }),
  ...lines.flatMap(([name, input, weight, options]) => {
    const [x, taps, bias] = inputsOf(input, weight)
    return [
      smooth('conv1d', name, [x, taps], (a, b) => conv1d(a, b, options), sums),
      smooth('conv1d', `${name}, with bias`, [x, taps, bias], (a, b, c) => conv1d(a, b, { ...options, bias: c }), sums),
    ]
  }),
  smooth(
    'conv2d',
    'views',
    [
      real([2, 2, 4, 5], { ...range, view: 'reversed' }),
      real([3, 2, 3, 3], { ...range, seed: 2, view: 'transposed' }),
      real([3], { seed: 3, view: 'flipped' }),
    ],
    (a, b, bias) => conv2d(a, b, { bias, padding: 1 }),
    sums,
  ),
  smooth(
    'conv2d',
    'at offsets',
    [real([1, 2, 4, 5], { ...range, view: 'offset' }), real([3, 2, 3, 3], { ...range, seed: 2, view: 'offset' })],
    (a, b) => conv2d(a, b),
    sums,
  ),
  smooth(
    'conv1d',
    'views',
    [real([2, 3, 9], { ...range, view: 'sliced' }), real([4, 3, 3], { ...range, seed: 2, view: 'flipped' })],
    (a, b) => conv1d(a, b),
    sums,
  ),
  convention(
    'conv2d',
    'is a correlation: the window is not flipped',
    [given([1, 2, 3, 4], [1, 1, 2, 2]), given([1, 10, 100, 1000], [1, 1, 2, 2])],
    (a, b) => conv2d(a, b),
    {
      outputs: [[4321]],
      gradients: [
        [1, 10, 100, 1000],
        [1, 2, 3, 4],
      ],
    },
  ),
]
