import { ArgumentError, type Cell, cell, StateDictError } from '@chainrule/tensor'
import { aboveZero, atLeastZero, checkNumbers, whole } from './check-numbers.js'

/** Options of `schedules.reduceOnPlateau`. */
export interface ReduceOnPlateauOptions {
  /** Whether the metric should fall or rise. Default `'min'`. */
  readonly mode?: 'min' | 'max'
  /** What the rate is multiplied by. Default 0.1. */
  readonly factor?: number
  /** How many metrics in a row may be no better before the rate is reduced. Default 10. */
  readonly patience?: number
  /** By how much a metric must be better to count. Default 1e-4. */
  readonly threshold?: number
  /** Whether the threshold is a share of the best metric or a difference. Default `'rel'`. */
  readonly thresholdMode?: 'rel' | 'abs'
  /** How many metrics after a reduction count neither way. Default 0. */
  readonly cooldown?: number
  /** The least rate. Default 0. */
  readonly minLr?: number
  /** A reduction by no more than this is left out. Default 1e-8. */
  readonly eps?: number
}

/** Where a plateau schedule stands, by PyTorch's names; plain data, to be saved with a checkpoint. */
export interface PlateauState {
  /** How many metrics were reported. */
  readonly last_epoch: number
  /** The best metric so far. */
  readonly best: number
  /** How many metrics since then were no better. */
  readonly num_bad_epochs: number
  /** How many more metrics count neither way. */
  readonly cooldown_counter: number
  /** The rate. */
  readonly lr: number
}

/** A learning rate that falls when a metric stops getting better. Made by `schedules.reduceOnPlateau`. */
export class PlateauSchedule {
  readonly #options: Required<ReduceOnPlateauOptions>
  readonly #rate: Cell
  #state: Omit<PlateauState, 'lr'>

  /**
   * @param lr - the first rate
   * @param options - as in `schedules.reduceOnPlateau`
   */
  constructor(lr: number, options: Required<ReduceOnPlateauOptions>) {
    this.#options = options
    this.#rate = cell(lr)
    const best = options.mode === 'min' ? Infinity : -Infinity
    this.#state = { last_epoch: 0, best, num_bad_epochs: 0, cooldown_counter: 0 }
  }

  /** The learning rate now. */
  get value(): number {
    return this.#rate.value
  }

  #isBetter(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options
    const { best } = this.#state
    const sign = mode === 'min' ? -1 : 1
    const bound = thresholdMode === 'rel' ? best * (1 + sign * threshold) : best + sign * threshold
    return mode === 'min' ? metric < bound : metric > bound
  }

  /**
   * Reports a metric, such as the validation loss of an epoch, and reduces the rate if it is time to. The metric is a number
   * of the host, so this stands outside compiled steps.
   *
   * @param metric - the metric; NaN counts as no better
   * @throws ArgumentError unless it is a number
   */
  step(metric: number): void {
    if (typeof metric !== 'number') {
      throw new ArgumentError(
        `schedules.reduceOnPlateau: step got ${typeof metric}, expected a number. Read the tensor first: step(await loss.item()).`,
      )
    }
    const { patience, factor, cooldown, minLr, eps } = this.#options
    const { last_epoch, best, num_bad_epochs, cooldown_counter } = this.#state
    const better = this.#isBetter(metric)
    const cooling = cooldown_counter > 0
    const bad = better || cooling ? 0 : num_bad_epochs + 1
    const reduces = bad > patience
    const before = this.#rate.value
    const after = Math.max(before * factor, minLr)
    if (reduces && before - after > eps) this.#rate.set(after)
    this.#state = {
      last_epoch: last_epoch + 1,
      best: better ? metric : best,
      num_bad_epochs: reduces ? 0 : bad,
      cooldown_counter: reduces ? cooldown : cooling ? cooldown_counter - 1 : 0,
    }
  }

  /** Where the schedule stands. */
  stateDict(): PlateauState {
    return { ...this.#state, lr: this.#rate.value }
  }

  /**
   * Goes on from where another stood.
   *
   * @param state - from `stateDict`
   * @throws StateDictError that lists everything that does not fit; then nothing is changed
   */
  loadStateDict(state: PlateauState): void {
    const { last_epoch, best, num_bad_epochs, cooldown_counter, lr } = state
    const counts = { last_epoch, num_bad_epochs, cooldown_counter }
    const problems = Object.entries(counts)
      .filter(([, value]) => !Number.isSafeInteger(value) || value < 0)
      .map(([name, value]) => `${name} ${String(value)} (expected a whole number of at least 0)`)
    if (typeof best !== 'number') problems.push(`best ${String(best)} (expected a number)`)
    if (!(lr >= 0 && lr < Infinity)) problems.push(`lr ${String(lr)} (expected a finite number of at least 0)`)
    if (problems.length > 0) {
      throw new StateDictError(
        `schedules.reduceOnPlateau: loadStateDict got ${problems.join(', ')}. Pass what stateDict() of such a schedule gave.`,
      )
    }
    this.#state = { ...counts, best }
    this.#rate.set(lr)
  }
}

/**
 * A learning rate that is reduced when a metric has stopped getting better: after more than `patience` metrics in a row that
 * do not improve on the best by `threshold` (PyTorch's ReduceLROnPlateau). Report each metric with `step(metric)`.
 *
 * @param lr - the first rate
 * @param options - `mode`, `factor`, `patience`, `threshold`, `thresholdMode`, `cooldown`, `minLr`, `eps`
 * @returns the schedule
 * @throws ArgumentError when an option is outside its domain
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
 *
 * @example
 * ```ts
 * import { schedules } from '@chainrule/optimizers'
 * const lr = schedules.reduceOnPlateau(1, { patience: 1, factor: 0.5 })
 * for (const loss of [3, 2, 2, 2]) lr.step(loss)
 * console.log(lr.value) // 0.5
 * ```
 */
export const reduceOnPlateau = (lr: number, options: ReduceOnPlateauOptions = {}): PlateauSchedule => {
  const settings: Required<ReduceOnPlateauOptions> = {
    mode: 'min',
    factor: 0.1,
    patience: 10,
    threshold: 1e-4,
    thresholdMode: 'rel',
    cooldown: 0,
    minLr: 0,
    eps: 1e-8,
    ...options,
  }
  const { mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps } = settings
  checkNumbers('schedules.reduceOnPlateau', {
    lr: atLeastZero(lr),
    factor: { ...aboveZero(factor), fits: factor > 0 && factor < 1, expected: 'a number above 0 and below 1' },
    patience: whole(patience, 0),
    threshold: atLeastZero(threshold),
    cooldown: whole(cooldown, 0),
    minLr: atLeastZero(minLr),
    eps: atLeastZero(eps),
  })
  if (!['min', 'max'].includes(mode) || !['rel', 'abs'].includes(thresholdMode)) {
    throw new ArgumentError(
      `schedules.reduceOnPlateau: got mode '${mode}' and thresholdMode '${thresholdMode}', expected 'min' or 'max', and 'rel' or 'abs'.`,
    )
  }
  return new PlateauSchedule(lr, settings)
}
