import { ArgumentError } from '@chainrule/tensor'
import { aboveZero, atLeastZero, checkNumbers, share, whole } from './check-numbers.js'
import { Schedule } from './schedule.js'

/** Options of `schedules.oneCycle`. */
export interface OneCycleOptions {
  /** Share of the counts in which the rate rises. Default 0.3. */
  readonly pctStart?: number
  /** Along half a cosine, or a line. Default `'cos'`. */
  readonly annealStrategy?: 'cos' | 'linear'
  /** The first rate is maxLr / divFactor. Default 25. */
  readonly divFactor?: number
  /** The last rate is the first / finalDivFactor. Default 1e4. */
  readonly finalDivFactor?: number
  /** Fall to the first rate as fast as it rose, then on to the last. Default false. */
  readonly threePhase?: boolean
}

/** The rate goes from the end of the phase before to `rate` at count `end`. */
interface Phase {
  readonly end: number
  readonly rate: number
}

const along = {
  cos: (from: number, to: number, share: number): number => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share)),
  linear: (from: number, to: number, share: number): number => from + (to - from) * share,
}

/**
 * A learning rate that rises to its greatest and then falls far below where it began, once (PyTorch's OneCycleLR). After
 * `totalSteps` counts it stays where it is.
 *
 * @param maxLr - the greatest rate
 * @param totalSteps - how many counts the cycle has
 * @param options - `pctStart`, `annealStrategy`, `divFactor`, `finalDivFactor`, `threePhase`
 * @returns the schedule
 * @throws ArgumentError when a number is outside its domain
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
 * @see Smith & Topin, Super-convergence, 2018
 *
 * @example
 * ```ts
 * import { schedules } from '@chainrule/optimizers'
 * const lr = schedules.oneCycle(1, 11, { divFactor: 10 })
 * console.log(lr.value.toFixed(1)) // 0.1
 * lr.step()
 * lr.step()
 * lr.step()
 * console.log(lr.value < 1) // true
 * ```
 */
export const oneCycle = (maxLr: number, totalSteps: number, options: OneCycleOptions = {}): Schedule => {
  const { pctStart = 0.3, annealStrategy = 'cos', divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options
  checkNumbers('schedules.oneCycle', {
    maxLr: atLeastZero(maxLr),
    totalSteps: whole(totalSteps, 1),
    pctStart: share(pctStart),
    divFactor: aboveZero(divFactor),
    finalDivFactor: aboveZero(finalDivFactor),
  })
  if (!(annealStrategy in along)) {
    throw new ArgumentError(`schedules.oneCycle: got annealStrategy '${annealStrategy}', expected 'cos' or 'linear'.`)
  }
  const first = maxLr / divFactor
  const last: Phase = { end: totalSteps - 1, rate: first / finalDivFactor }
  const top: Phase = { end: pctStart * totalSteps - 1, rate: maxLr }
  const phases = threePhase ? [top, { end: 2 * pctStart * totalSteps - 2, rate: first }, last] : [top, last]
  const anneal = along[annealStrategy]
  return new Schedule((count) => {
    const place = Math.min(count, last.end)
    const found = phases.findIndex(({ end }) => place <= end)
    const to = phases[found] ?? last
    const from = phases[found - 1] ?? { end: 0, rate: first }
    return to.end === from.end ? to.rate : anneal(from.rate, to.rate, (place - from.end) / (to.end - from.end))
  })
}
