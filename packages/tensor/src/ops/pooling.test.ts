import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ArgumentError, avgPool2d, maxPool2d, ones, ShapeError, zeros } from '../index.js'
import { expectClose } from '../testing/expect-close.js'
import { at, type Dense, dense, tensorOf } from './dense-model.fixture.js'
import { lengthOf, type Sliding, tapOf } from './window.fixture.js'

const sliding = fc.integer({ min: 1, max: 3 }).chain((kernel) =>
  fc.record({
    kernel: fc.constant(kernel),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.integer({ min: 0, max: Math.floor(kernel / 2) }),
    dilation: fc.integer({ min: 1, max: 2 }),
  }),
)

const cases = fc
  .record({
    planes: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 2 }),
    height: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 6 }),
    vertical: sliding,
    horizontal: sliding,
    countIncludePad: fc.boolean(),
  })
  .filter(
    ({ height, width, vertical, horizontal }) => lengthOf(height, vertical) > 0 && lengthOf(width, horizontal) > 0,
  )

const numbers = (shape: readonly number[]): Dense => {
  let next = 1
  return dense(shape, () => ((next++ * 7) % 11) - 5)
}

const pooled = (x: Dense, vertical: Sliding, horizontal: Sliding, host: (inside: number[]) => number): Dense => {
  const [height = 0, width = 0] = x.shape.slice(-2)
  return dense([...x.shape.slice(0, -2), lengthOf(height, vertical), lengthOf(width, horizontal)], (coordinate) => {
    const [i = 0, j = 0] = coordinate.slice(-2)
    const inside: number[] = []
    for (let k = 0; k < vertical.kernel; k++) {
      for (let l = 0; l < horizontal.kernel; l++) {
        const [row, column] = [tapOf(i, k, vertical), tapOf(j, l, horizontal)]
        if (row >= 0 && row < height && column >= 0 && column < width)
          inside.push(at(x, [...coordinate.slice(0, -2), row, column]))
      }
    }
    return host(inside)
  })
}

describe('pooling', () => {
  test('maxPool2d takes the greatest inside the window', () => {
    fc.assert(
      fc.property(cases, ({ planes, height, width, vertical, horizontal }) => {
        const x = numbers([...planes, height, width])
        const actual = maxPool2d(tensorOf(x), [vertical.kernel, horizontal.kernel], {
          stride: [vertical.stride, horizontal.stride],
          padding: [vertical.padding, horizontal.padding],
          dilation: [vertical.dilation, horizontal.dilation],
        })
        const expected = pooled(x, vertical, horizontal, (inside) => Math.max(...inside))
        expect({ shape: actual.shape, data: [...actual.dataSync()] }).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  test('avgPool2d divides by the window, or by what lies inside', () => {
    fc.assert(
      fc.property(cases, ({ planes, height, width, vertical, horizontal, countIncludePad }) => {
        const [down, across] = [
          { ...vertical, dilation: 1 },
          { ...horizontal, dilation: 1 },
        ]
        fc.pre(lengthOf(height, down) > 0 && lengthOf(width, across) > 0)
        const x = numbers([...planes, height, width])
        const actual = avgPool2d(tensorOf(x), [down.kernel, across.kernel], {
          stride: [down.stride, across.stride],
          padding: [down.padding, across.padding],
          countIncludePad,
        })
        const expected = pooled(x, down, across, (inside) => {
          const sum = inside.reduce((total, value) => total + value, 0)
          return sum / (countIncludePad ? down.kernel * across.kernel : inside.length)
        })
        expect(actual.shape).toEqual(expected.shape)
        // One division, rounded to float32.
        expectClose(actual.dataSync(), expected.data, { relative: 2 ** -24, absolute: 0 })
      }),
      { numRuns: 200 },
    )
  })

  test('the stride is the window unless given', () => {
    expect(maxPool2d(zeros([1, 1, 7, 9]), [2, 3]).shape).toEqual([1, 1, 3, 3])
    expect(avgPool2d(zeros([1, 7, 9]), 3).shape).toEqual([1, 2, 3])
  })

  test.each<readonly [run: () => unknown, type: typeof ShapeError | typeof ArgumentError, message: string]>([
    [() => maxPool2d(ones([4, 4]), 2), ShapeError, 'maxPool2d: got [4, 4], expected [N, C, H, W] or [C, H, W].'],
    [
      () => maxPool2d(ones([1, 4, 4]), 2, { padding: 2 }),
      ArgumentError,
      'maxPool2d: got padding 2, 2 for a window of 2 × 2, expected at most half the window.',
    ],
    [() => avgPool2d(ones([1, 4, 4]), 5), ShapeError, 'avgPool2d: got an input of 4 × 4 for a window of 5 × 5'],
    [
      () => avgPool2d(ones([1, 4, 4]), 0),
      ArgumentError,
      'avgPool2d: got kernelSize 0, expected whole numbers of at least 1.',
    ],
  ])('refuses what does not fit: %o', (run, type, message) => {
    expect(run).toThrow(type)
    expect(run).toThrow(message)
  })
})

test('a divisor of 0 is refused', () => {
  expect(() => avgPool2d(ones([1, 1, 2, 2]), 2, { divisorOverride: 0 })).toThrow(
    'avgPool2d: got divisorOverride 0, expected a number that is not 0.',
  )
})
