import { philox4x32 } from '@chainrule/tensor'

/** The two 32-bit halves of a whole number, low first. */
const wordsOf = (value: number): readonly [low: number, high: number] => [
  value >>> 0,
  Math.floor(value / 2 ** 32) >>> 0,
]

/** What a stream of numbers is for, so that two uses of one seed never share numbers. */
const streams = { shuffle: 1, split: 2, digitOrder: 3, digit: 4, twoMoons: 5, spirals: 6 } as const

/** Name of a stream. */
export type RandomStream = keyof typeof streams

/**
 * Random numbers from Philox-4x32-10 (Salmon et al., 2011) in counter mode: a function of seed, stream and index alone,
 * so that the numbers for one index cost the same whether or not those before it were drawn.
 *
 * Key: the seed's low and high 32 bits. Counter: (block, stream, index low, index high).
 */
export class RandomSource {
  readonly #key: readonly [number, number]
  readonly #stream: number
  readonly #index: readonly [number, number]
  #block = 0
  #words: readonly number[] = [0, 0, 0, 0]
  #used = 4

  constructor(seed: number, stream: RandomStream, index = 0) {
    this.#key = wordsOf(seed)
    this.#stream = streams[stream]
    this.#index = wordsOf(index)
  }

  /** The next unsigned 32-bit word. */
  word(): number {
    if (this.#used === 4) {
      this.#words = philox4x32([this.#block++, this.#stream, this.#index[0], this.#index[1]], this.#key)
      this.#used = 0
    }
    return this.#words[this.#used++] ?? 0
  }

  /** The next number in [low, high), on a grid of 2^-32 of the interval. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.word() / 2 ** 32)
  }

  /** The next number of a symmetric triangular distribution with mean 0 and this standard deviation; ±√6 deviations at most. */
  triangular(deviation: number): number {
    return deviation * Math.sqrt(6) * (this.uniform() + this.uniform() - 1)
  }

  /** The next number of the normal distribution with mean 0 and this standard deviation (Box–Muller). */
  normal(deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    return deviation * radius * Math.cos(2 * Math.PI * this.uniform())
  }

  /** The next integer in [0, bound), each equally likely: words beyond the last whole multiple of the bound are skipped. */
  integer(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound)
    let word = this.word()
    while (word >= limit) word = this.word()
    return word % bound
  }
}
