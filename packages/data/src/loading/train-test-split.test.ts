import { tensor } from '@chainrule/tensor'
import { describe, expect, test } from 'vitest'
import { textWindows } from '../text/text-windows.js'
import { DataLoader } from './data-loader.js'
import { trainTestSplit } from './train-test-split.js'

const numbers = Array.from({ length: 10 }, (_, index) => index)
const sorted = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b)

describe('trainTestSplit', () => {
  test('divides the rows of tensors together', () => {
    const source = { x: tensor(numbers), y: tensor(numbers.map((value) => [value, -value])) }
    const { train, test: held } = trainTestSplit(source, { testFraction: 0.3, seed: 1 })
    expect([train.x.shape, train.y.shape, held.x.shape, held.y.shape]).toEqual([[7], [7, 2], [3], [3, 2]])
    expect(sorted([...train.x.dataSync(), ...held.x.dataSync()])).toEqual(numbers)
    expect([...held.y.dataSync()]).toEqual([...held.x.dataSync()].flatMap((value) => [value, -value]))
  })

  test('divides arrays, alike for the same seed', () => {
    const parts = trainTestSplit(numbers, { testFraction: 0.2, seed: 7 })
    expect(sorted([...parts.train, ...parts.test])).toEqual(numbers)
    expect(parts.test.length).toBe(2)
    expect(trainTestSplit(numbers, { testFraction: 0.2, seed: 7 })).toEqual(parts)
    expect(trainTestSplit(numbers, { testFraction: 0.2, seed: 8 })).not.toEqual(parts)
  })

  test('divides datasets into views', () => {
    const windows = textWindows(Int32Array.from(numbers), { length: 1 })
    const { train, test: held } = trainTestSplit(windows, { testFraction: 0.25, seed: 1 })
    const inputs = [train, held].map((part) =>
      numbers.slice(0, part.length).map((index) => part.get(index).input[0] ?? -1),
    )
    expect(sorted(inputs.flat())).toEqual(numbers.slice(0, 9))
    const [batch] = [...new DataLoader(train, { batchSize: 20, keepBatches: true })]
    expect([...(batch?.input.dataSync() ?? [])]).toEqual(inputs[0])
  })

  test('leaves a sample on either side, and refuses what cannot be divided', () => {
    expect(trainTestSplit([1, 2], { testFraction: 0.01 }).test.length).toBe(1)
    expect(trainTestSplit([1, 2], { testFraction: 0.99 }).train.length).toBe(1)
    expect(() => trainTestSplit([1], { testFraction: 0.5 })).toThrow(
      /^trainTestSplit: got testFraction 0\.5 of 1 samples/,
    )
    expect(() => trainTestSplit([1, 2], { testFraction: 1 })).toThrow(/^trainTestSplit: got testFraction 1/)
    expect(() => trainTestSplit({ x: 3 }, { testFraction: 0.5 })).toThrow(
      /^trainTestSplit: got number at the dataset\.x/,
    )
  })
})
