import type { RandomSource } from './random-source.js'

/**
 * A random order of 0 … length − 1, each order equally likely (Fisher–Yates).
 *
 * @param length - how many
 * @param random - the numbers to draw from
 * @returns the order
 */
export const permutation = (length: number, random: RandomSource): Uint32Array => {
  const order = Uint32Array.from({ length }, (_, index) => index)
  for (let last = length - 1; last > 0; last--) {
    const other = random.integer(last + 1)
    const kept = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = kept
  }
  return order
}
