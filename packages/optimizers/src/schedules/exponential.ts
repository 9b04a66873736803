import { aboveZero, atLeastZero, checkNumbers } from './check-numbers.js'
import { Schedule } from './schedule.js'

/**
 * A learning rate that is multiplied by γ at each count: lr · γᵗ (PyTorch's ExponentialLR).
 *
 * @param lr - the first rate
 * @param gamma - the factor
 * @returns the schedule
 * @throws ArgumentError when a number is outside its domain
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
 *
 * @example
 * ```ts
 * import { schedules } from '@chainrule/optimizers'
 * const lr = schedules.exponential(1, 0.5)
 * lr.step()
 * lr.step()
 * console.log(lr.value) // 0.25
 * ```
 */
export const exponential = (lr: number, gamma: number): Schedule => {
  checkNumbers('schedules.exponential', { lr: atLeastZero(lr), gamma: aboveZero(gamma) })
  return new Schedule((count) => lr * gamma ** count)
}
