import fc from 'fast-check'
import { expect, test } from 'vitest'
import '../index.js'
import { tensor } from './from-data.js'
import { pow } from './arithmetic.js'

/** x^y modulo 2^32 as PyTorch's integer power. */
const wrappedPower = (x: number, y: number): number => {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0
  let result = 1
  for (let square = x, rest = y; rest > 0; rest = Math.floor(rest / 2), square = Math.imul(square, square)) {
    if (rest % 2 === 1) result = Math.imul(result, square)
  }
  return result
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const exponent = fc.oneof(fc.integer({ min: -5, max: 70 }), int32)

test('int32 powers wrap modulo 2^32', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.oneof(fc.integer({ min: -12, max: 12 }), int32), exponent), { maxLength: 20 }),
      (pairs) => {
        const bases = tensor(new Int32Array(pairs.map(([x]) => x)))
        const exponents = tensor(new Int32Array(pairs.map(([, y]) => y)))
        expect([...pow(bases, exponents).dataSync()]).toEqual(pairs.map(([x, y]) => wrappedPower(x, y)))
      },
    ),
  )
})

test('int32 powers need no float64, which some devices lack', () => {
  expect(pow(tensor(new Int32Array([3])), 2).dtype).toBe('int32')
  expect([...pow(tensor(new Int32Array([3, -3])), 5).dataSync()]).toEqual([243, -243])
})
