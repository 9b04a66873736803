import { describe, expect, test } from 'vitest'
import '../index.js'
import { repeated, spread, whole } from './sample-data.js'
import { type InputView, placeInput } from './sample-input.js'

const shape = [2, 3, 4]
const data = Array.from({ length: 24 }, (_, place) => place)

describe('placeInput', () => {
  test.each<InputView>(['dense', 'offset', 'transposed', 'reversed', 'sliced', 'flipped'])(
    'a %s view has the elements of the input',
    (view) => {
      const placed = placeInput({ data, shape, dtype: 'float32', view })
      expect(placed.shape).toEqual(shape)
      expect([...placed.dataSync()]).toEqual(data)
    },
  )

  test('views lie otherwise in memory than dense inputs', () => {
    const strides = (view: InputView): readonly number[] => placeInput({ data, shape, dtype: 'float32', view }).strides
    expect(strides('dense')).toEqual([12, 4, 1])
    expect(strides('transposed')).toEqual([12, 1, 3])
    expect(strides('reversed')).toEqual([1, 2, 6])
    expect(strides('sliced')).toEqual([126, 18, 2])
    expect(strides('flipped')).toEqual([-12, -4, -1])
    expect(placeInput({ data, shape, dtype: 'float32', view: 'offset' }).offset).toBe(3)
  })

  test('a repeated input is stored once', () => {
    const placed = placeInput(repeated(3, [2]))
    expect(placed.storage?.byteLength).toBe(8)
    expect(placed.strides).toEqual([0, 1])
    expect([...placed.dataSync()]).toEqual(repeated(3, [2]).data)
  })

  test.each<InputView>(['dense', 'offset', 'sliced', 'flipped'])('a %s scalar has its element', (view) => {
    expect([...placeInput({ data: [7], shape: [], dtype: 'int32', view }).dataSync()]).toEqual([7])
  })

  test.each<InputView>(['offset', 'transposed', 'sliced', 'flipped'])('a %s view may be empty', (view) => {
    expect(placeInput({ data: [], shape: [2, 0], dtype: 'bool', view }).size).toBe(0)
  })
})

describe('spread', () => {
  test('stays in its interval, in float32, without repeats', () => {
    const numbers = spread(1000, { low: -3, high: 5 })
    expect(numbers.every((x) => x >= -3 && x <= 5 && x === Math.fround(x))).toBe(true)
    expect(new Set(numbers).size).toBe(1000)
  })

  test('keeps its distance from kinks', () => {
    expect(
      spread(1000, { avoid: [0, 1], margin: 0.1 }).every((x) => Math.abs(x) >= 0.0999 && Math.abs(x - 1) >= 0.0999),
    ).toBe(true)
  })

  test('seeds give different orders', () => {
    expect(spread(5, { seed: 1 })).not.toEqual(spread(5, { seed: 2 }))
  })

  test('whole inputs include both ends', () => {
    const numbers = new Set(whole([1000], { low: -2, high: 3 }).data)
    expect([...numbers].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3])
  })
})
