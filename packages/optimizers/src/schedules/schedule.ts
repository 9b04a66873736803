import { type Cell, cell, StateDictError } from '@chainrule/tensor'

/** Where a schedule stands, by PyTorch's name; plain data, to be saved with a checkpoint. */
export interface ScheduleState {
  /** How often `step` was called. */
  readonly last_epoch: number
}

/**
 * A learning rate that is a function of how often `step()` was called: give it to an optimizer as `lr`, and call `step()`
 * after each optimizer step or after each epoch, whichever its lengths are counted in. It starts at count 0, as PyTorch's
 * schedulers do. The count is a cell, so `step()` may stand inside a compiled step, too.
 *
 * @example
 * ```ts
 * import { Parameter } from '@chainrule/autograd'
 * import { Schedule, SGD } from '@chainrule/optimizers'
 * const lr = new Schedule((count) => 0.1 / (1 + count))
 * const optimizer = new SGD([new Parameter([1])], { lr })
 * lr.step()
 * console.log(optimizer.lr) // 0.05
 * ```
 */
export class Schedule {
  readonly #count: Cell = cell(0)
  readonly #rate: (count: number) => number

  /** @param rate - the learning rate of each count, from 0 */
  constructor(rate: (count: number) => number) {
    this.#rate = rate
  }

  /** The learning rate now. */
  get value(): number {
    return this.#rate(this.#count.value)
  }

  /** How often `step` was called. */
  get count(): number {
    return this.#count.value
  }

  /** Goes on to the next rate. */
  step(): void {
    const count = this.#count
    count.set(() => count.value + 1)
  }

  /** Where the schedule stands. */
  stateDict(): ScheduleState {
    return { last_epoch: this.#count.value }
  }

  /**
   * Goes on from where another stood.
   *
   * @param state - from `stateDict`
   * @throws StateDictError when it has no whole number `last_epoch` of at least 0
   */
  loadStateDict({ last_epoch: count }: ScheduleState): void {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new StateDictError(
        `Schedule.loadStateDict: got last_epoch ${String(count)}, expected a whole number of at least 0. ` +
          'Pass what stateDict() of a schedule gave.',
      )
    }
    this.#count.set(count)
  }
}
