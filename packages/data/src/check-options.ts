import { ArgumentError } from '@chainrule/tensor'

/**
 * Refuses a seed that the generator would not take as it is.
 *
 * @param seed - the seed
 * @param operation - who asks, for messages
 */
export const checkSeed = (seed: number, operation: string): void => {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError(
      `${operation}: got seed ${String(seed)}, expected a whole number from 0 to 2^53 − 1. Give such a seed, or none for 0.`,
    )
  }
}

/**
 * Refuses a count that is no whole number or too small.
 *
 * @param count - the count
 * @param name - what it is called
 * @param least - the smallest allowed
 * @param operation - who asks, for messages
 */
export const checkCount = (count: number, name: string, least: number, operation: string): void => {
  if (!Number.isSafeInteger(count) || count < least) {
    throw new ArgumentError(
      `${operation}: got ${name} ${String(count)}, expected a whole number of at least ${least}. Give a larger ${name}.`,
    )
  }
}
