import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RandomSource } from './random-source.js'

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const words = (random: RandomSource, count: number): number[] => Array.from({ length: count }, () => random.word())

describe('RandomSource', () => {
  test('gives the same numbers for the same seed, stream and index', () => {
    fc.assert(
      fc.property(seeds, seeds, (seed, index) => {
        expect(words(new RandomSource(seed, 'digit', index), 9)).toEqual(
          words(new RandomSource(seed, 'digit', index), 9),
        )
      }),
    )
  })

  test('gives other numbers for another seed, stream or index, also beyond 32 bits', () => {
    const sources = [
      new RandomSource(1, 'digit', 1),
      new RandomSource(2, 'digit', 1),
      new RandomSource(1 + 2 ** 32, 'digit', 1),
      new RandomSource(1, 'shuffle', 1),
      new RandomSource(1, 'digit', 2),
      new RandomSource(1, 'digit', 1 + 2 ** 32),
    ]
    expect(new Set(sources.map((source) => words(source, 4).join())).size).toBe(sources.length)
  })

  test('integer stays below its bound and reaches every value', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 12 }), (seed, bound) => {
        const random = new RandomSource(seed, 'shuffle')
        const seen = new Set(Array.from({ length: 400 }, () => random.integer(bound)))
        // A value of twelve is missed by 400 draws with probability 12 · (11/12)^400 < 1e-14.
        expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: bound }, (_, value) => value))
      }),
    )
  })

  test.each([
    ['normal', (random: RandomSource) => random.normal(2)],
    ['triangular', (random: RandomSource) => random.triangular(2)],
  ])('%s has mean 0 and the deviation asked for', (_, draw) => {
    const random = new RandomSource(7, 'twoMoons')
    const count = 40_000
    const values = Array.from({ length: count }, () => draw(random))
    const mean = values.reduce((sum, value) => sum + value, 0) / count
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count)
    // Five standard errors of the mean (σ/√n = 0.01) and of the deviation (at most σ/√(2n) = 0.007).
    expect(Math.abs(mean)).toBeLessThan(0.05)
    expect(Math.abs(deviation - 2)).toBeLessThan(0.036)
  })

  test('triangular stays within √6 deviations', () => {
    const random = new RandomSource(3, 'digit')
    for (let draw = 0; draw < 2000; draw++) expect(Math.abs(random.triangular(1))).toBeLessThanOrEqual(Math.sqrt(6))
  })
})
