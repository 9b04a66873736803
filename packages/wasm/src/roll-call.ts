import { controlBlock, presence } from './control-block.js'

/**
 * Finds out which workers have ended without a word: browsers tell nobody that a Web Worker was terminated. Now and then a
 * run asks for a sign of life, and a worker that has seen none of the runs since two questions is silent until it answers.
 * One question alone may go unanswered while the machine sleeps.
 */
export class RollCall {
  readonly #memory: { readonly bytes: Uint8Array }
  readonly #interval: number
  readonly #silent = new Set<number>()
  #asked = -Infinity

  /**
   * @param memory - of the device, with the control block
   * @param interval - milliseconds between two questions
   */
  constructor(memory: { readonly bytes: Uint8Array }, interval: number) {
    this.#memory = memory
    this.#interval = interval
  }

  /** Threads that were up and give no sign of life. */
  get silent(): readonly number[] {
    return [...this.#silent]
  }

  /**
   * Before a run: notes who has answered, and asks anew, if the time has come.
   *
   * @param workers - how many were started
   * @param now - milliseconds of a clock
   */
  call(workers: number, now: number): void {
    if (now - this.#asked < this.#interval) return
    this.#asked = now
    const { bytes } = this.#memory
    for (let thread = 1; thread <= workers; thread++) {
      const at = controlBlock.up + thread
      const known = Atomics.load(bytes, at)
      if (known === presence.absent) continue
      if (known === presence.askedTwice) {
        this.#silent.add(thread)
        continue
      }
      this.#silent.delete(thread)
      // One that answers at this moment counts as asked at the next call only.
      Atomics.compareExchange(bytes, at, known, known + 1)
    }
  }

  /**
   * Strikes a worker off that is known to have ended.
   *
   * @param thread - which
   * @returns whether it was up
   */
  strike(thread: number): boolean {
    this.#silent.delete(thread)
    return Atomics.exchange(this.#memory.bytes, controlBlock.up + thread, presence.absent) !== presence.absent
  }
}
