import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { permutation } from './permutation.js'
import { RandomSource } from './random-source.js'

describe('permutation', () => {
  test('holds each index once', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(), (length, seed) => {
        const order = permutation(length, new RandomSource(seed, 'shuffle'))
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, index) => index))
      }),
    )
  })

  test('makes every order equally likely', () => {
    const draws = 6000
    const counts = new Map<string, number>()
    for (let seed = 0; seed < draws; seed++) {
      const order = permutation(3, new RandomSource(seed, 'shuffle')).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    const expected = draws / 6
    const statistic = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(counts.size).toBe(6)
    // χ² with 5 degrees of freedom exceeds 20.5 with probability 0.001; the seeds are fixed, so the outcome is too.
    expect(statistic).toBeLessThan(20.5)
  })
})
