import { InvalidArgumentError } from 'commander'

function numberFrom(text: string, fits: (value: number) => boolean, expected: string): number {
  const value = Number(text)
  if (text.trim() === '' || !fits(value)) throw new InvalidArgumentError(`Expected ${expected}.`)
  return value
}

/** A whole number of at least 1. */
export const count = (text: string): number =>
  numberFrom(text, (value) => Number.isSafeInteger(value) && value >= 1, 'a whole number of at least 1')

/** A whole number of at least 0. */
export const seed = (text: string): number =>
  numberFrom(text, (value) => Number.isSafeInteger(value) && value >= 0, 'a whole number of at least 0')

/** A finite number above 0. */
export const positive = (text: string): number =>
  numberFrom(text, (value) => Number.isFinite(value) && value > 0, 'a number above 0')

/** A finite number of at least 0. */
export const notNegative = (text: string): number =>
  numberFrom(text, (value) => Number.isFinite(value) && value >= 0, 'a number of at least 0')

/** A number between 0 and 1, both excluded. */
export const fraction = (text: string): number =>
  numberFrom(text, (value) => value > 0 && value < 1, 'a number between 0 and 1')

/** The path of a file or folder. */
export const path = (text: string): string => {
  if (text === '') throw new InvalidArgumentError('Expected a path.')
  return text
}

/** Widths of layers, such as `256,128`. */
export const widths = (text: string): readonly number[] => text.split(',').map(count)

/** A column by its name or, if it is a whole number, by its place. */
export const column = (text: string): string | number => (/^-?\d+$/.test(text) ? Number(text) : text)
