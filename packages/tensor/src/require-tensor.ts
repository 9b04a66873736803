import { ArgumentError } from './errors.js'
import { Tensor } from './tensor.js'

/**
 * Refuses what is not a tensor, such as an array, before its shape is looked at.
 *
 * @param operation - who asks
 * @param operand - what was given
 * @param role - what it was given as. Default `an operand`
 * @throws ArgumentError when it is not a tensor
 *
 * @example
 * ```ts
 * import { requireTensor, tensor } from '@chainrule/tensor'
 * requireTensor('mean', tensor([1, 2])) // an array would be an ArgumentError
 * ```
 */
export function requireTensor(operation: string, operand: unknown, role = 'an operand'): asserts operand is Tensor {
  if (operand instanceof Tensor) return
  const got = operand === null ? 'null' : Array.isArray(operand) ? 'an array' : typeof operand
  throw new ArgumentError(`${operation}: got ${got} as ${role}, expected a tensor. Wrap data with tensor(…).`)
}
