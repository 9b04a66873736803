import { ArgumentError } from '../errors.js'
import type { RandomKernel } from '../kernel.js'
import { multiplyHigh, philox4x32, type PhiloxBlock, wordsOf } from '../random/philox.js'
import { type Elements, partOf } from './elements.js'

/** Turns the four words of a block into the elements of the output that it stands for. */
type Distribution = (words: PhiloxBlock) => readonly number[]

/** 24 bits of a word as a fraction in [0, 1), exact in float32. */
const singleUniforms: Distribution = (words) => words.map((word) => (word >>> 8) * 2 ** -24)

/** 53 bits of two words as a fraction in [0, 1), exact in float64. */
const doubleUniforms: Distribution = ([first, second, third, fourth]) =>
  [
    [first, second],
    [third, fourth],
  ].map(([high = 0, low = 0]) => ((high >>> 5) * 2 ** 26 + (low >>> 6)) * 2 ** -53)

/** Box–Muller: each pair of uniforms is a radius and an angle. Computed in float64, rounded once to the dtype. */
const normals =
  (uniforms: Distribution): Distribution =>
  (words) => {
    const numbers = uniforms(words)
    const results: number[] = []
    for (let pair = 0; pair < numbers.length; pair += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - (numbers[pair] as number)))
      const angle = 2 * Math.PI * (numbers[pair + 1] as number)
      results.push(radius * Math.cos(angle), radius * Math.sin(angle))
    }
    return results
  }

/** low + ⌊word · (high − low) / 2^32⌋ in exact integers; a range of all 2^32 integers takes the word as it is. */
const integers =
  (low: number, high: number): Distribution =>
  (words) =>
    words.map((word) => low + (high - low === 2 ** 32 ? word : multiplyHigh(word, high - low)))

const distributionOf = ({ structure }: RandomKernel, cells: readonly number[]): Distribution => {
  const uniforms = structure.dtype === 'float64' ? doubleUniforms : singleUniforms
  switch (structure.distribution) {
    case 'uniform':
      return uniforms
    case 'normal':
      return normals(uniforms)
    case 'bits':
      return (words) => words
    case 'integers':
      return integers(cells[2] as number, cells[3] as number)
  }
}

/**
 * Runs a random kernel: block b of the output comes from the counter plus b.
 *
 * @param kernel - the kernel
 * @param output - elements of the output
 * @param cells - key and counter, then the bounds of integers
 * @throws ArgumentError for cells that are missing or no whole numbers
 */
export const runRandom = (kernel: RandomKernel, output: Elements, cells: readonly number[]): void => {
  const expected = kernel.structure.distribution === 'integers' ? 4 : 2
  if (cells.length !== expected || !cells.every(Number.isSafeInteger)) {
    throw new ArgumentError(
      `random: got cells ${cells.join(', ')}, expected ${expected} whole numbers below 2^53. Pass key and counter, then the bounds of integers.`,
    )
  }
  const distribution = distributionOf(kernel, cells)
  const key = wordsOf(cells[0] as number)
  const numbers = partOf(output, kernel.offset, kernel.size)
  for (let at = 0, counter = cells[1] as number; at < numbers.length; counter++) {
    const [low, high] = wordsOf(counter)
    // The last block may have more results than there is room for: stores beyond the end are dropped.
    for (const value of distribution(philox4x32([low, high, 0, 0], key))) numbers[at++] = value
  }
}
