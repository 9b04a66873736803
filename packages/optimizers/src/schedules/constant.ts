import { atLeastZero, checkNumbers } from './check-numbers.js'
import { Schedule } from './schedule.js'

/**
 * The same learning rate at every step.
 *
 * @param lr - the rate
 * @returns the schedule
 * @throws ArgumentError when it is negative or not finite
 *
 * @example
 * ```ts
 * import { schedules } from '@chainrule/optimizers'
 * const lr = schedules.constant(0.1)
 * lr.step()
 * console.log(lr.value) // 0.1
 * ```
 */
export const constant = (lr: number): Schedule => {
  checkNumbers('schedules.constant', { lr: atLeastZero(lr) })
  return new Schedule(() => lr)
}
