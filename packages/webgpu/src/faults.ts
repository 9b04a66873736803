import { IndexError } from '@chainrule/tensor'
import type { BufferPool, PooledBuffer } from './buffer-pool.js'
import type { Launch } from './launch.js'

/** Words of the record: number of the faulty launch (0 is none), the index, the size of its axis, unused. */
export const faultWords = 4

/**
 * The record in which shaders note the first index outside its axis. It travels with the next read, which rejects: an
 * index of a GPU tensor is not known when its op is called.
 */
export class Faults {
  readonly buffer: PooledBuffer
  readonly #numbers = new Map<string, number>()
  readonly #labels: string[] = []
  #isArmed = false

  /** @param pool - lends the buffer of the record, which starts as zeros */
  constructor(pool: BufferPool) {
    this.buffer = pool.take(faultWords * 4, Infinity)
  }

  /** Whether a launch that may fault has run since the record was last read. */
  get isArmed(): boolean {
    return this.#isArmed
  }

  /**
   * The number under which a launch notes its fault.
   *
   * @param launch - any launch
   * @returns a positive number, or 0 for launches that cannot fault
   */
  numberOf(launch: Launch): number {
    if (!launch.operands.some(({ memory }) => memory.kind === 'faults')) return 0
    this.#isArmed = true
    const known = this.#numbers.get(launch.label)
    if (known !== undefined) return known
    const number = this.#labels.push(launch.label)
    this.#numbers.set(launch.label, number)
    return number
  }

  /** Notes that the record is on its way to the host. */
  disarm(): void {
    this.#isArmed = false
  }

  /**
   * The error that a record stands for.
   *
   * @param words - the record
   * @returns undefined where there was no fault
   */
  errorOf(words: Uint32Array): IndexError | undefined {
    const [number = 0, bits = 0, axis = 0] = words
    if (number === 0) return undefined
    return new IndexError(
      `${this.#labels[number - 1] ?? 'an op'}: got index ${String(bits | 0)}, expected 0 … ${String(axis - 1)}. ` +
        'Check the indices before the op; the results since are not usable.',
    )
  }
}
