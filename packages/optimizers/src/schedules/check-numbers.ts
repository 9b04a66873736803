import { ArgumentError } from '@chainrule/tensor'

/** A number and the domain it should be in. */
interface Checked {
  readonly value: number
  readonly fits: boolean
  readonly expected: string
}

/** A number of at least 0. */
export const atLeastZero = (value: number): Checked => ({
  value,
  fits: value >= 0 && value < Infinity,
  expected: 'a finite number of at least 0',
})

/** A number above 0. */
export const aboveZero = (value: number): Checked => ({
  value,
  fits: value > 0 && value < Infinity,
  expected: 'a finite number above 0',
})

/** A number from 0 to 1. */
export const share = (value: number): Checked => ({
  value,
  fits: value >= 0 && value <= 1,
  expected: 'a number from 0 to 1',
})

/** A whole number of at least `least`. */
export const whole = (value: number, least: number): Checked => ({
  value,
  fits: Number.isSafeInteger(value) && value >= least,
  expected: `a whole number of at least ${least}`,
})

/**
 * Refuses numbers outside their domain.
 *
 * @param operation - who asks, for messages
 * @param numbers - each by its name
 * @throws ArgumentError for the first that does not fit
 */
export const checkNumbers = (operation: string, numbers: Readonly<Record<string, Checked>>): void => {
  for (const [name, { value, fits, expected }] of Object.entries(numbers)) {
    if (!fits) throw new ArgumentError(`${operation}: got ${name} ${String(value)}, expected ${expected}.`)
  }
}
