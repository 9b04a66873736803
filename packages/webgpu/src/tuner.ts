import type { Tile } from './kernels/tile.js'
import type { ProductSizes } from './kernels/tiles.js'
import { loadChoices, saveChoices, type TuningStore } from './tuning-store.js'

/** Floating-point operations below which a product is not worth measuring. */
const worthMeasuring = 2 ** 25

/** Choices by adapter, for the life of the process; a store keeps them for longer. */
const remembered = new Map<string, Map<string, Tile>>()

/** Products of similar size share a choice: sizes count by powers of two. */
const keyOf = (kind: string, { batch, rows, columns, inner }: ProductSizes): string =>
  [kind, ...[batch, rows, columns, inner].map((size) => Math.ceil(Math.log2(Math.max(1, size))))].join(' ')

/** A product for which no choice is known. */
export interface TuningRequest {
  readonly key: string
}

/**
 * Picks the fastest among tiles with identical results, by measurements made once per adapter and size. It only decides
 * speed: which tile is used never changes a bit.
 */
export class Tuner {
  readonly #adapter: string
  readonly #store: TuningStore | undefined
  readonly #choices: Map<string, Tile>
  readonly #isEnabled: boolean
  readonly #pending = new Set<string>()
  #version = 0

  /**
   * @param adapter - what the choices hold for
   * @param isEnabled - whether to measure
   * @param store - where choices outlive the process, if they should
   */
  constructor(adapter: string, isEnabled: boolean, store?: TuningStore) {
    this.#adapter = adapter
    this.#store = store
    const known = remembered.get(adapter) ?? new Map<string, Tile>()
    remembered.set(adapter, known)
    // What this process measured itself is newer.
    if (store) for (const [key, tile] of loadChoices(store, adapter)) if (!known.has(key)) known.set(key, tile)
    this.#choices = known
    this.#isEnabled = isEnabled
  }

  /** Grows with each new choice, so that programs notice. */
  get version(): number {
    return this.#version
  }

  /** How many choices were made. */
  get size(): number {
    return this.#choices.size
  }

  /**
   * The tile to use.
   *
   * @param kind - what is multiplied
   * @param sizes - of the product
   * @param request - takes the product where it should be measured
   * @returns the choice, where one was made
   */
  chosen(kind: string, sizes: ProductSizes, request?: (request: TuningRequest) => void): Tile | undefined {
    const key = keyOf(kind, sizes)
    const known = this.#choices.get(key)
    const work = 2 * sizes.batch * sizes.rows * sizes.columns * sizes.inner
    if (!known && this.#isEnabled && work >= worthMeasuring && !this.#pending.has(key)) request?.({ key })
    return known
  }

  /** Notes that a product is being measured. */
  begin({ key }: TuningRequest): void {
    this.#pending.add(key)
  }

  /**
   * Makes a choice.
   *
   * @param request - the product
   * @param times - milliseconds by tile; none where the measurement failed
   */
  finish({ key }: TuningRequest, times: ReadonlyMap<Tile, number>): void {
    const [fastest] = [...times].sort(([, left], [, right]) => left - right)
    if (!fastest) return
    this.#choices.set(key, fastest[0])
    if (this.#store) saveChoices(this.#store, this.#adapter, this.#choices)
    this.#version++
  }
}
