import { type Cell, cell } from '../cell.js'
import { ArgumentError } from '../errors.js'

/** What a generator needs to go on where it was. */
export interface GeneratorState {
  /** The key: a whole number below 2^53. */
  readonly seed: number
  /** Blocks used so far. */
  readonly counter: number
}

const checkSeed = (seed: number): number => {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError(`manualSeed: got ${seed}, expected a whole number in 0 … 2^53 − 1.`)
  }
  return seed
}

/**
 * A stream of random numbers: a key and a counter of Philox blocks. Streams of different seeds are independent. Both are
 * cells, so programs go on counting where eager code left off.
 *
 * @example
 * ```ts
 * import { Generator, rand } from '@chainrule/tensor'
 * const mine = new Generator(7)
 * const first = rand([2], { generator: mine })
 * console.log(first.shape) // [2]
 * ```
 */
export class Generator {
  readonly #seed: Cell
  readonly #counter: Cell

  /** @param seed - a whole number below 2^53. Default 0 */
  constructor(seed = 0) {
    this.#seed = cell(checkSeed(seed))
    this.#counter = cell(0)
  }

  /**
   * Starts the stream of another seed.
   *
   * @param seed - a whole number below 2^53
   * @throws ArgumentError for other numbers
   */
  manualSeed(seed: number): void {
    this.#seed.set(checkSeed(seed))
    this.#counter.set(0)
  }

  /** The state, to be saved. */
  get state(): GeneratorState {
    return { seed: this.#seed.value, counter: this.#counter.value }
  }

  set state({ seed, counter }: GeneratorState) {
    this.#seed.set(checkSeed(seed))
    this.#counter.set(counter)
  }

  /**
   * Takes blocks from the stream.
   *
   * @param blocks - how many Philox blocks
   * @returns key and first counter, as cells: every replay of a program takes the next blocks
   */
  take(blocks: number): readonly [key: Cell, counter: Cell] {
    const counter = this.#counter
    const start = cell(0)
    start.set(() => counter.value)
    counter.set(() => counter.value + blocks)
    return [this.#seed, start]
  }
}

/** The stream that random functions use unless given another. */
export const defaultGenerator = new Generator(Math.floor(Math.random() * 2 ** 32))

/**
 * Seeds the default stream: from here on the same calls give the same numbers, on every device.
 *
 * @param seed - a whole number below 2^53
 * @throws ArgumentError for other numbers
 *
 * @example
 * ```ts
 * import { manualSeed, rand } from '@chainrule/tensor'
 * manualSeed(1)
 * const a = rand([3]).toString()
 * manualSeed(1)
 * console.log(a === rand([3]).toString()) // true
 * ```
 */
export const manualSeed = (seed: number): void => {
  defaultGenerator.manualSeed(seed)
}
