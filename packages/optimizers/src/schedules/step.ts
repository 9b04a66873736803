import { aboveZero, atLeastZero, checkNumbers, whole } from './check-numbers.js'
import { Schedule } from './schedule.js'

/** Options of `schedules.step`. */
export interface StepScheduleOptions {
  /** What the rate is multiplied by each time. Default 0.1. */
  readonly gamma?: number
}

/**
 * A learning rate that falls in stairs: lr · γ^⌊t / stepSize⌋ (PyTorch's StepLR).
 *
 * @param lr - the first rate
 * @param stepSize - how many counts a stair is long
 * @param options - `gamma` (default 0.1)
 * @returns the schedule
 * @throws ArgumentError when a number is outside its domain
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
 *
 * @example
 * ```ts
 * import { schedules } from '@chainrule/optimizers'
 * const lr = schedules.step(1, 2, { gamma: 0.5 })
 * lr.step()
 * lr.step()
 * console.log(lr.value) // 0.5
 * ```
 */
export const step = (lr: number, stepSize: number, { gamma = 0.1 }: StepScheduleOptions = {}): Schedule => {
  checkNumbers('schedules.step', { lr: atLeastZero(lr), stepSize: whole(stepSize, 1), gamma: aboveZero(gamma) })
  return new Schedule((count) => lr * gamma ** Math.floor(count / stepSize))
}
