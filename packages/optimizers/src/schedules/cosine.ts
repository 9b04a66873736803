import { atLeastZero, checkNumbers, whole } from './check-numbers.js'
import { Schedule } from './schedule.js'

/** Options of `schedules.cosine`. */
export interface CosineScheduleOptions {
  /** The least rate. Default 0. */
  readonly etaMin?: number
}

/**
 * A learning rate that swings down from lr to η in tMax counts along half a cosine, and up again in the next tMax:
 * η + (lr − η)(1 + cos(π t / tMax)) / 2 (PyTorch's CosineAnnealingLR).
 *
 * @param lr - the first rate
 * @param tMax - how many counts it takes to the least
 * @param options - `etaMin` (default 0), the least, η
 * @returns the schedule
 * @throws ArgumentError when a number is outside its domain
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
 * @see Loshchilov & Hutter, SGDR: stochastic gradient descent with warm restarts, 2017
 *
 * @example
 * ```ts
 * import { schedules } from '@chainrule/optimizers'
 * const lr = schedules.cosine(1, 2)
 * lr.step()
 * console.log(lr.value.toFixed(3)) // 0.500
 * ```
 */
export const cosine = (lr: number, tMax: number, { etaMin = 0 }: CosineScheduleOptions = {}): Schedule => {
  checkNumbers('schedules.cosine', { lr: atLeastZero(lr), tMax: whole(tMax, 1), etaMin: atLeastZero(etaMin) })
  return new Schedule((count) => etaMin + ((lr - etaMin) * (1 + Math.cos((Math.PI * count) / tMax))) / 2)
}
