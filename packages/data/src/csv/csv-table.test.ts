import type { Tensor } from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf } from '../testing/bytes-of.js'
import type { CsvTable } from './csv-table.js'
import { loadCsv } from './load-csv.js'

/** Rows (i, word, label i). */
const numbered = (rows: number): Promise<CsvTable<Tensor>> =>
  loadCsv(
    bytesOf(Array.from({ length: rows }, (_, row) => `${row},${row % 2 === 0 ? 'even' : 'odd'},${row}`).join('\n')),
    {
      label: 2,
      labelKind: 'number',
      header: 'none',
    },
  )

describe('a table', () => {
  test('splits into parts that hold each row once, with its label', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 60 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.nat(),
        async (rows, testFraction, seed) => {
          const { train, test: held } = (await numbered(rows)).split({ testFraction, seed })
          const labels = [...train.labels.dataSync(), ...held.labels.dataSync()]
          expect(labels.sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, row) => row))
          expect(held.labels.size).toBe(Math.min(Math.max(Math.round(testFraction * rows), 1), rows - 1))
          for (const part of [train, held]) {
            expect([...part.features.dataSync()].filter((_, place) => place % 3 === 0)).toEqual([
              ...part.labels.dataSync(),
            ])
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  test('splits alike for the same seed, otherwise for another', async () => {
    const table = await numbered(40)
    const order = (seed: number): string => table.split({ testFraction: 0.25, seed }).train.labels.dataSync().join()
    expect(order(3)).toBe(order(3))
    expect(order(3)).not.toBe(order(4))
  })

  test('standardises numbers by the training part alone, and leaves indicators as they are', async () => {
    const table = await numbered(50)
    const plain = table.split({ testFraction: 0.4, seed: 5 })
    const { train, test: held, standardization } = table.split({ testFraction: 0.4, seed: 5, standardize: true })
    const numbers = [...plain.train.labels.dataSync()]
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
    const deviation = Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length)
    // One rounding apart at most: both are float64 sums of thirty whole numbers.
    expect(standardization.mean[0]).toBeCloseTo(mean, 12)
    expect(standardization.deviation[0]).toBeCloseTo(deviation, 12)
    expect([standardization.mean.slice(1), standardization.deviation.slice(1)]).toEqual([
      [0, 0],
      [1, 1],
    ])
    for (const [part, original] of [
      [train, plain.train],
      [held, plain.test],
    ] as const) {
      const before = original.features.dataSync()
      part.features.dataSync().forEach((value, place) => {
        const expected = place % 3 === 0 ? ((before[place] ?? 0) - mean) / deviation : before[place]
        // The results are float32: half a unit in the last place of numbers below 2 is 6e-8.
        expect(value).toBeCloseTo(expected ?? Number.NaN, 6)
      })
    }
  })

  test('only shifts a feature that never changes', async () => {
    const table = await loadCsv(bytesOf('7,1\n7,2\n7,3\n'))
    const { train, standardization } = table.split({ testFraction: 0.3, standardize: true })
    expect([standardization.mean[0], standardization.deviation[0]]).toEqual([7, 1])
    expect([...train.features.dataSync()].filter((_, place) => place % 2 === 0)).toEqual([0, 0])
  })

  test.each([0, 1, -0.5, Number.NaN])('refuses the share %d', async (testFraction) => {
    const table = await numbered(4)
    expect(() => table.split({ testFraction })).toThrow(/^split: got testFraction .* of 4 samples/)
  })
})
