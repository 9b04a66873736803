import type { DType } from '../dtype.js'
import { DTypeError } from '../errors.js'

/** Refuses numbers that a dtype cannot hold even roughly: fractions and NaN as int32, others than 0 and 1 as bool. */
export const requireFits = (operation: string, value: number, dtype: DType): void => {
  if (dtype === 'int32' && !(Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31)) {
    throw new DTypeError(
      `${operation}: got ${value} for int32, expected a whole number in −2³¹ … 2³¹ − 1. Round first, or use a float dtype.`,
    )
  }
  if (dtype === 'bool' && value !== 0 && value !== 1) {
    throw new DTypeError(`${operation}: got ${value} for bool, expected 0 or 1. Compare first, or use another dtype.`)
  }
}
