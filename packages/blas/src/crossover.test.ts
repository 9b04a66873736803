import { expect, it } from 'vitest'
import { isWorthCalling } from './crossover.js'

const isWorth = (rows: number, columns: number, inner: number): boolean =>
  isWorthCalling({ rows, columns, inner, itemBytes: 4 })

it('gives large products to the library, and keeps small and skinny ones', () => {
  expect(isWorth(64, 64, 64)).toBe(true)
  expect(isWorth(128, 784, 512)).toBe(true)
  expect(isWorth(32, 768, 25)).toBe(true)
  expect(isWorth(512, 512, 2)).toBe(true)
  expect(isWorth(24, 24, 24)).toBe(false)
  expect(isWorth(1, 4096, 4096)).toBe(false)
  expect(isWorth(4096, 4, 4096)).toBe(false)
  expect(isWorth(4096, 4096, 1)).toBe(false)
})
