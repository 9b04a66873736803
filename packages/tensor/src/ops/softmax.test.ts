import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DTypeError, layerNorm, logSoftmax, normalize, ShapeError, softmax, tensor, zeros } from '../index.js'
import { expectClose } from '../testing/expect-close.js'

const rows = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 20 })
const wide = (data: readonly number[]) => tensor(data, { dtype: 'float64' })
// Sums of up to 20 terms in float64.
const close = { relative: 1e-13, absolute: 1e-14 }

describe('softmax', () => {
  test('is e^x over its sum', () => {
    fc.assert(
      fc.property(rows, (data) => {
        const total = data.reduce((sum, x) => sum + Math.exp(x), 0)
        const expected = data.map((x) => Math.exp(x) / total)
        // e^x of the host and of e^(x − m) differ by |x| units.
        expectClose(softmax(wide(data), 0).dataSync(), expected, { relative: 1e-13, absolute: 0 })
        expectClose(logSoftmax(wide(data), 0).dataSync(), expected.map(Math.log), { relative: 1e-12, absolute: 1e-12 })
      }),
    )
  })

  test('sums to 1 and does not feel a shift', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: -1000, max: 1000 }), (data, shift) => {
        const whole = data.map(Math.round)
        const made = [...softmax(wide(whole), 0).dataSync()]
        expectClose([made.reduce((sum, x) => sum + x, 0)], [1], close)
        // Whole numbers move exactly.
        expect([...softmax(wide(whole.map((x) => x + shift)), 0).dataSync()]).toEqual(made)
      }),
    )
  })

  test('works along one axis of many', () => {
    const x = tensor([
      [0, 0],
      [Math.log(3), 0],
    ])
    expectClose(softmax(x, 0).dataSync(), [0.25, 0.5, 0.75, 0.5], { relative: 1e-6, absolute: 0 })
    expectClose(softmax(x, -1).dataSync(), [0.5, 0.5, 0.75, 0.25], { relative: 1e-6, absolute: 0 })
  })

  test.each([
    ['softmax', softmax],
    ['logSoftmax', logSoftmax],
  ] as const)('%s refuses integers and axes that are none', (name, run) => {
    expect(() => run(zeros([2], { dtype: 'int32' }), 0)).toThrow(DTypeError)
    expect(() => run(zeros([2], { dtype: 'int32' }), 0)).toThrow(
      `${name}: got int32, expected a floating dtype. Convert with .to('float32').`,
    )
    expect(() => run(zeros([2]), 1)).toThrow(`${name}: got axis 1, expected an axis in -1 … 0.`)
    expect(() => run(zeros([0]), 1)).toThrow(`${name}: got axis 1`)
  })
})

describe('normalize', () => {
  test('gives mean 0 and variance 1, but for eps', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 2, maxLength: 20 }), (data) => {
        const mean = data.reduce((sum, x) => sum + x, 0) / data.length
        const variance = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length
        const expected = data.map((x) => (x - mean) / Math.sqrt(variance + 0.01))
        // A mean of 50 errs by 1e−14, which 1 / √eps makes ten times that.
        expectClose(normalize(wide(data), 0, 0.01).dataSync(), expected, { relative: 1e-12, absolute: 1e-12 })
      }),
    )
  })

  test('layerNorm scales and shifts each element of the normalized shape', () => {
    const x = tensor([
      [1, 3],
      [5, 1],
    ])
    const made = layerNorm(x, 2, { weight: tensor([2, 3]), bias: tensor([10, 20]), eps: 0 })
    expect([...made.dataSync()]).toEqual([8, 23, 12, 17])
  })

  test.each<readonly [run: () => unknown, message: string]>([
    [
      () => layerNorm(zeros([2, 3]), 2),
      'layerNorm: got an input of [2, 3], expected its last axes to be [2]. Check normalizedShape.',
    ],
    [() => layerNorm(zeros([2, 3]), []), 'expected its last axes to be []'],
    [() => layerNorm(zeros([3]), [2, 3]), 'expected its last axes to be [2, 3]'],
    [() => layerNorm(zeros([2, 3]), 3, { weight: zeros([2]) }), 'layerNorm: got a weight of [2], expected [3].'],
    [() => layerNorm(zeros([2, 3]), 3, { bias: zeros([3, 1]) }), 'layerNorm: got a bias of [3, 1], expected [3].'],
  ])('refuses shapes that do not fit: %o', (run, message) => {
    expect(run).toThrow(ShapeError)
    expect(run).toThrow(message)
  })

  test('refuses integers', () => {
    expect(() => normalize(zeros([2], { dtype: 'int32' }), 0)).toThrow(
      "normalize: got int32, expected a floating dtype. Convert with .to('float32').",
    )
    expect(() => layerNorm(zeros([2], { dtype: 'int32' }), 2)).toThrow(
      'layerNorm: got int32, expected a floating dtype.',
    )
  })
})
