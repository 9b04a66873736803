import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ArgumentError, conv1d, conv2d, ones, ShapeError, zeros } from '../index.js'
import { at, type Dense, dense, modelOf, tensorOf } from './dense-model.fixture.js'
import { lengthOf, type Sliding, tapOf } from './window.fixture.js'

/** Small whole numbers, whose products add up exactly in float32. */
const small = (shape: readonly number[], seed: number): Dense => {
  let next = seed
  return dense(shape, () => ((next++ * 7) % 11) - 5)
}

const sliding = fc.record({
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  padding: fc.integer({ min: 0, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
})

const cases = fc
  .record({
    batch: fc.integer({ min: 0, max: 2 }),
    groups: fc.integer({ min: 1, max: 2 }),
    perGroup: fc.integer({ min: 1, max: 2 }),
    outPerGroup: fc.integer({ min: 1, max: 2 }),
    height: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 6 }),
    vertical: sliding,
    horizontal: sliding,
    hasBias: fc.boolean(),
  })
  .filter(
    ({ height, width, vertical, horizontal }) => lengthOf(height, vertical) > 0 && lengthOf(width, horizontal) > 0,
  )

const naive = (
  x: Dense,
  weight: Dense,
  bias: Dense | undefined,
  groups: number,
  vertical: Sliding,
  horizontal: Sliding,
): Dense => {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape
  const outputs = weight.shape[0] ?? 0
  const perGroup = channels / groups
  return dense(
    [batch, outputs, lengthOf(height, vertical), lengthOf(width, horizontal)],
    ([n = 0, o = 0, i = 0, j = 0]) => {
      const group = Math.floor(o / (outputs / groups))
      let sum = bias === undefined ? 0 : at(bias, [o])
      for (let c = 0; c < perGroup; c++) {
        for (let k = 0; k < vertical.kernel; k++) {
          for (let l = 0; l < horizontal.kernel; l++) {
            const [row, column] = [tapOf(i, k, vertical), tapOf(j, l, horizontal)]
            if (row >= 0 && row < height && column >= 0 && column < width) {
              sum += at(x, [n, group * perGroup + c, row, column]) * at(weight, [o, c, k, l])
            }
          }
        }
      }
      return sum
    },
  )
}

describe('conv2d', () => {
  test('sums products under the window, with stride, padding, dilation and groups', () => {
    fc.assert(
      fc.property(cases, ({ batch, groups, perGroup, outPerGroup, height, width, vertical, horizontal, hasBias }) => {
        const x = small([batch, groups * perGroup, height, width], 1)
        const weight = small([groups * outPerGroup, perGroup, vertical.kernel, horizontal.kernel], 3)
        const bias = hasBias ? small([groups * outPerGroup], 5) : undefined
        const actual = conv2d(tensorOf(x), tensorOf(weight), {
          ...(bias && { bias: tensorOf(bias) }),
          groups,
          stride: [vertical.stride, horizontal.stride],
          padding: [vertical.padding, horizontal.padding],
          dilation: [vertical.dilation, horizontal.dilation],
        })
        expect(modelOf(actual)).toEqual(naive(x, weight, bias, groups, vertical, horizontal))
      }),
      { numRuns: 300 },
    )
  })

  test("padding 'same' keeps the size, also of even windows, with the extra zero behind as PyTorch", () => {
    for (const kernel of [1, 2, 3, 4, 5]) {
      for (const dilation of [1, 2]) {
        const x = small([1, 1, 6, 7], 1)
        const weight = small([1, 1, kernel, kernel], 2)
        const total = dilation * (kernel - 1)
        const before = Math.floor(total / 2)
        const padded = dense([1, 1, 6 + total, 7 + total], ([n = 0, c = 0, i = 0, j = 0]) =>
          i >= before && i < 6 + before && j >= before && j < 7 + before ? at(x, [n, c, i - before, j - before]) : 0,
        )
        const along = { kernel, stride: 1, padding: 0, dilation }
        const actual = conv2d(tensorOf(x), tensorOf(weight), { padding: 'same', dilation })
        expect(modelOf(actual)).toEqual(naive(padded, weight, undefined, 1, along, along))
      }
    }
  })

  test.each<readonly [run: () => unknown, type: typeof ShapeError | typeof ArgumentError, message: string]>([
    [
      () => conv2d(ones([2, 2]), ones([1, 1, 1, 1])),
      ShapeError,
      'conv2d: got input [2, 2], weight [1, 1, 1, 1], expected [N, C, H, W] and [out, C / groups, kH, kW].',
    ],
    [
      () => conv2d(ones([1, 3, 5, 5]), ones([4, 2, 3, 3])),
      ShapeError,
      "expected inChannels = 2 × groups and groups to divide outChannels 4. Check the previous layer's outChannels (3).",
    ],
    [() => conv2d(ones([1, 4, 5, 5]), ones([3, 2, 3, 3]), { groups: 2 }), ShapeError, 'groups to divide outChannels 3'],
    [
      () => conv2d(ones([1, 1, 2, 2]), ones([1, 1, 3, 3])),
      ShapeError,
      'conv2d: got an input of 2 × 2 for a window of 3 × 3 (padding 0, 0, dilation 1, 1), expected the window to fit. Pad more or use a smaller window.',
    ],
    [
      () => conv2d(ones([1, 1, 5, 5]), ones([2, 1, 3, 3]), { bias: ones([3]) }),
      ShapeError,
      'conv2d: got a bias of [3], expected [2].',
    ],
    [
      () => conv2d(ones([1, 1, 5, 5]), ones([1, 1, 3, 3]), { stride: 0 }),
      ArgumentError,
      'conv2d: got stride 0, expected whole numbers of at least 1.',
    ],
    [() => conv2d(ones([1, 1, 5, 5]), ones([1, 1, 3, 3]), { padding: -1 }), ArgumentError, 'conv2d: got padding -1'],
    [
      () => conv2d(ones([1, 1, 5, 5]), ones([1, 1, 3, 3]), { dilation: [1, 0.5] }),
      ArgumentError,
      'conv2d: got dilation 1,0.5',
    ],
    [
      () => conv2d(ones([1, 1, 5, 5]), ones([1, 1, 3, 3]), { padding: 'same', stride: 2 }),
      ArgumentError,
      "conv2d: got padding 'same' with stride 2, 2, expected stride 1. Pass the padding in numbers.",
    ],
    [
      () => conv2d(ones([1, 1, 5, 5]), ones([1, 1, 0, 3])),
      ShapeError,
      'conv2d: got input [1, 1, 5, 5], weight [1, 1, 0, 3], expected a window of at least one tap. Check kernelSize.',
    ],
  ])('refuses what does not fit: %o', (run, type, message) => {
    expect(run).toThrow(type)
    expect(run).toThrow(message)
  })
})

describe('conv1d', () => {
  test('is conv2d of height 1', () => {
    fc.assert(
      fc.property(cases, ({ batch, groups, perGroup, outPerGroup, width, horizontal, hasBias }) => {
        const flat = { kernel: 1, stride: 1, padding: 0, dilation: 1 }
        const x = small([batch, groups * perGroup, 1, width], 1)
        const weight = small([groups * outPerGroup, perGroup, 1, horizontal.kernel], 3)
        const bias = hasBias ? small([groups * outPerGroup], 5) : undefined
        const actual = conv1d(tensorOf(x).squeeze(2), tensorOf(weight).squeeze(2), {
          ...(bias && { bias: tensorOf(bias) }),
          groups,
          stride: horizontal.stride,
          padding: horizontal.padding,
          dilation: horizontal.dilation,
        })
        const expected = naive(x, weight, bias, groups, flat, horizontal)
        expect(modelOf(actual)).toEqual({ shape: expected.shape.filter((_, axis) => axis !== 2), data: expected.data })
      }),
    )
  })

  test('takes an input without a batch', () => {
    expect(conv1d(zeros([2, 9]), zeros([3, 2, 4])).shape).toEqual([3, 6])
    expect(conv2d(zeros([2, 5, 5]), zeros([3, 2, 3, 3])).shape).toEqual([3, 3, 3])
  })

  test('names itself in errors', () => {
    expect(() => conv1d(ones([2]), ones([1, 1, 1]))).toThrow(
      'conv1d: got input [2], weight [1, 1, 1], expected [N, C, L] and [out, C / groups, k].',
    )
    expect(() => conv1d(ones([1, 3, 5]), ones([1, 2, 1]))).toThrow(/^conv1d: got input \[1, 3, 5\], weight \[1, 2, 1\]/)
    expect(() => conv1d(ones([1, 1, 5]), ones([1, 1, 7]))).toThrow(/^conv1d: /)
    expect(() => conv1d(ones([1, 1, 5]), ones([1, 1, 3]), { stride: 0 })).toThrow(
      'conv1d: got stride 0, expected whole numbers of at least 1.',
    )
  })
})
