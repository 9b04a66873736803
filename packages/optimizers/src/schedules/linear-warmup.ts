import { aboveZero, atLeastZero, checkNumbers, whole } from './check-numbers.js'
import { Schedule } from './schedule.js'

/** Options of `schedules.linearWarmup`. */
export interface LinearWarmupOptions {
  /** What the rate is multiplied by at count 0. Default 1/3. */
  readonly startFactor?: number
  /** What it is multiplied by from the last count on. Default 1. */
  readonly endFactor?: number
  /** How many counts it takes. Default 5. */
  readonly totalIters?: number
}

/**
 * A learning rate that rises along a line and stays: lr · (a + (b − a) · min(t, n) / n) (PyTorch's LinearLR).
 *
 * @param lr - the rate that the factors multiply
 * @param options - `startFactor` a (default 1/3), `endFactor` b (default 1), `totalIters` n (default 5)
 * @returns the schedule
 * @throws ArgumentError when a number is outside its domain
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
 *
 * @example
 * ```ts
 * import { schedules } from '@chainrule/optimizers'
 * const lr = schedules.linearWarmup(1, { startFactor: 0.5, totalIters: 2 })
 * lr.step()
 * console.log(lr.value) // 0.75
 * ```
 */
export const linearWarmup = (
  lr: number,
  { startFactor = 1 / 3, endFactor = 1, totalIters = 5 }: LinearWarmupOptions = {},
): Schedule => {
  checkNumbers('schedules.linearWarmup', {
    lr: atLeastZero(lr),
    startFactor: aboveZero(startFactor),
    endFactor: atLeastZero(endFactor),
    totalIters: whole(totalIters, 1),
  })
  return new Schedule(
    (count) => lr * (startFactor + ((endFactor - startFactor) * Math.min(count, totalIters)) / totalIters),
  )
}
