/** Four unsigned 32-bit words: a counter, or the random numbers made of it. */
export type PhiloxBlock = readonly [number, number, number, number]

/** Two unsigned 32-bit words. */
export type PhiloxKey = readonly [number, number]

const firstMultiplier = 0xd2511f53
const secondMultiplier = 0xcd9e8d57
/** The golden ratio, and √3 − 1, as fractions of 2^32: what a round adds to the key words. */
const firstWeyl = 0x9e3779b9
const secondWeyl = 0xbb67ae85
const rounds = 10

/**
 * Upper half of the 64-bit product of two unsigned 32-bit words.
 *
 * @param x - 0 … 2^32 − 1
 * @param y - 0 … 2^32 − 1
 * @returns ⌊x·y / 2^32⌋, exactly
 */
export const multiplyHigh = (x: number, y: number): number => {
  const [xLow, xHigh, yLow, yHigh] = [x & 0xffff, x >>> 16, y & 0xffff, y >>> 16]
  const middle = xHigh * yLow + ((xLow * yLow) >>> 16)
  const cross = xLow * yHigh + (middle & 0xffff)
  return (xHigh * yHigh + (middle >>> 16) + (cross >>> 16)) >>> 0
}

/**
 * Philox-4x32-10: four random words as a pure function of a counter and a key. Each of ten rounds replaces the words
 * (c₀, c₁, c₂, c₃) by (high(M₁c₂) ⊕ c₁ ⊕ k₀, low(M₁c₂), high(M₀c₀) ⊕ c₃ ⊕ k₁, low(M₀c₀)) and steps the key.
 *
 * @param counter - four unsigned 32-bit words, lowest first
 * @param key - two unsigned 32-bit words, lowest first
 * @returns four unsigned 32-bit words
 * @see J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC '11
 *
 * @example
 * ```ts
 * import { philox4x32 } from '@chainrule/tensor'
 * console.log(philox4x32([0, 0, 0, 0], [0, 0])[0].toString(16)) // '6627e8d5'
 * ```
 */
export const philox4x32 = (counter: PhiloxBlock, key: PhiloxKey): PhiloxBlock => {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < rounds; round++) {
    const firstHigh = multiplyHigh(firstMultiplier, c0)
    const secondHigh = multiplyHigh(secondMultiplier, c2)
    const firstLow = Math.imul(firstMultiplier, c0) >>> 0
    c0 = (secondHigh ^ c1 ^ k0) >>> 0
    c1 = Math.imul(secondMultiplier, c2) >>> 0
    c2 = (firstHigh ^ c3 ^ k1) >>> 0
    c3 = firstLow
    k0 = (k0 + firstWeyl) >>> 0
    k1 = (k1 + secondWeyl) >>> 0
  }
  return [c0, c1, c2, c3]
}

/**
 * The two 32-bit halves of a whole number, as Philox takes keys and counters.
 *
 * @param value - a whole number, 0 … 2^53 − 1
 * @returns the low and the high word, unsigned
 */
export const wordsOf = (value: number): PhiloxKey => [value >>> 0, Math.floor(value / 2 ** 32) >>> 0]
