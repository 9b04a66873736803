import { type Cell, cell } from '../cell.js'
import { ArgumentError } from '../errors.js'

/** What a generator needs to go on where it was. */
export interface GeneratorState {
  /** The key: a whole number below 2^53. */
  readonly seed: number
  /** Blocks used so far. */
  readonly counter: number
}

/** Key and first counter of the blocks that one random op uses. */
export type Draw = readonly [key: Cell, counter: Cell]

let recorded: Draw[] | undefined
let replayed: Draw[] | undefined

/**
 * Runs a function and notes what it draws, so that it can be run again with the same numbers.
 *
 * @param run - the function
 * @returns its result and its draws
 */
export const recordDraws = <T>(run: () => T): { readonly result: T; readonly draws: readonly Draw[] } => {
  const outer = recorded
  const draws: Draw[] = []
  recorded = draws
  try {
    return { result: run(), draws }
  } finally {
    recorded = outer
    outer?.push(...draws)
  }
}

/**
 * Runs a function again with the numbers that it drew before.
 *
 * @param draws - from `recordDraws`
 * @param run - the function
 * @returns its result
 */
export const replayDraws = <T>(draws: readonly Draw[], run: () => T): T => {
  const outer = replayed
  replayed = [...draws]
  try {
    return run()
  } finally {
    replayed = outer
  }
}

const checkWhole = (operation: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new ArgumentError(`${operation}: got ${value}, expected a whole number in 0 … 2^53 − 1.`)
  }
  return value
}

const checkSeed = (seed: number): number => checkWhole('manualSeed', seed)

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
    checkWhole('Generator.state', counter)
    this.#seed.set(checkSeed(seed))
    this.#counter.set(counter)
  }

  /** Key and counter in cells of their own: a draw that is replayed is the same after the stream was seeded anew. */
  #draw(blocks: number): Draw {
    const counter = this.#counter
    const key = cell(0)
    const start = cell(0)
    key.set(() => this.#seed.value)
    start.set(() => counter.value)
    counter.set(() => counter.value + blocks)
    return [key, start]
  }

  /**
   * Takes blocks from the stream.
   *
   * @param blocks - how many Philox blocks
   * @returns key and first counter, as cells: every replay of a program takes the next blocks
   */
  take(blocks: number): Draw {
    const draw = replayed?.shift() ?? this.#draw(blocks)
    recorded?.push(draw)
    return draw
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
