import { ArgumentError } from '../errors.js'
import { Tensor } from '../tensor.js'

const describe = (value: unknown): string => {
  if (value instanceof Tensor) return 'a tensor'
  if (Array.isArray(value)) return 'an array'
  return value === null ? 'null' : `a ${typeof value}`
}

/** Refuses what is not an object of known options: PyTorch's positional arguments, and names that would be ignored. */
export const requireOptions = (operation: string, options: unknown, known: readonly string[]): void => {
  const expected = `expected an object with some of ${known.join(', ')}`
  if (typeof options !== 'object' || options === null || Array.isArray(options) || options instanceof Tensor) {
    throw new ArgumentError(`${operation}: got ${describe(options)} as options, ${expected}.`)
  }
  const unknown = Object.keys(options).filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new ArgumentError(
      `${operation}: got the option${unknown.length > 1 ? 's' : ''} ${unknown.join(', ')}, ${expected}. Check the spelling.`,
    )
  }
}
