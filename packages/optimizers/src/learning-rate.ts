import { ArgumentError } from '@chainrule/tensor'

/** A learning rate: a number, or something with a `value` now, such as a schedule or a cell. */
export type LearningRate = number | { readonly value: number }

/** The number behind a learning rate; anything else if it is none. */
const behind = (rate: unknown): unknown =>
  typeof rate === 'object' && rate !== null && 'value' in rate ? rate.value : rate

const isRate = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < Infinity

/**
 * Whether something is a learning rate, finite and not negative now.
 *
 * @param rate - anything
 * @returns true for such numbers, and for schedules and cells that hold one
 */
export const isLearningRate = (rate: unknown): rate is LearningRate => isRate(behind(rate))

/**
 * The learning rate as a number.
 *
 * @param rate - a number, schedule or cell
 * @param operation - who asks, for the message
 * @returns its value now
 * @throws ArgumentError when it is negative or not finite
 */
export const rateNow = (rate: LearningRate, operation: string): number => {
  const value = behind(rate)
  if (isRate(value)) return value
  throw new ArgumentError(
    `${operation}: got ${value === rate ? 'lr' : 'a schedule at'} ${String(value)}, expected a finite number of at least 0. ` +
      'Check the schedule, or set another lr.',
  )
}
