import { describe, expect, it } from 'vitest'
import { multiplyHigh, philox4x32, type PhiloxBlock, type PhiloxKey, wordsOf } from './philox.js'

const ones = 0xffffffff

describe('philox4x32', () => {
  // The known answers that Random123 publishes for philox4x32-10 (its file kat_vectors).
  const knownAnswers: readonly [counter: PhiloxBlock, key: PhiloxKey, answer: PhiloxBlock][] = [
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [ones, ones, ones, ones],
      [ones, ones],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ]

  it.each(knownAnswers)('gives the published answer for counter %j and key %j', (counter, key, answer) => {
    expect(philox4x32(counter, key)).toEqual(answer)
  })
})

describe('multiplyHigh', () => {
  it('is the upper half of the exact product', () => {
    const words = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xd2511f53, 0xfffffffe, ones]
    for (const x of words) {
      for (const y of words) expect(multiplyHigh(x, y)).toBe(Number((BigInt(x) * BigInt(y)) >> 32n))
    }
  })
})

describe('wordsOf', () => {
  it('splits whole numbers up to 2^53 − 1', () => {
    expect(wordsOf(5)).toEqual([5, 0])
    expect(wordsOf(2 ** 32 + 7)).toEqual([7, 1])
    expect(wordsOf(2 ** 53 - 1)).toEqual([ones, 0x1fffff])
  })
})
