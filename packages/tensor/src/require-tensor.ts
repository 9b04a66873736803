import { ArgumentError } from './errors.js'
import { Tensor } from './tensor.js'

/** Refuses what is not a tensor, such as an array, before its shape is looked at. */
export function requireTensor(operation: string, operand: unknown): asserts operand is Tensor {
  if (operand instanceof Tensor) return
  const got = operand === null ? 'null' : Array.isArray(operand) ? 'an array' : typeof operand
  throw new ArgumentError(`${operation}: got ${got} as an operand, expected a tensor. Wrap data with tensor(…).`)
}
