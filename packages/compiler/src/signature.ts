import { CaptureError, Cell, mapTensors, Tensor, Variable } from '@chainrule/tensor'

const identities = new WeakMap<object, number>()
let nextIdentity = 0

const identityOf = (object: object): number => {
  const known = identities.get(object) ?? nextIdentity++
  identities.set(object, known)
  return known
}

/** The tensors among arguments that are not variables, in the order in which a capture counts them. */
export const argumentTensors = (args: readonly unknown[]): Tensor[] => {
  const found: Tensor[] = []
  for (const argument of args) {
    mapTensors(argument, (tensor) => {
      if (!(tensor instanceof Variable)) found.push(tensor)
      return tensor
    })
  }
  return found
}

/** Text of a value without parts, other for each value. */
const textOf = (value: unknown): string => {
  if (typeof value === 'bigint') return `${value}n`
  if (Object.is(value, -0)) return '-0'
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'undefined')
}

/**
 * Text that is equal for calls which one capture serves: structure of the arguments, shape, dtype and device of their tensors,
 * identity of variables, cells and functions, and the value of everything else. A device is itself, not its name: one that was
 * started again after a loss is another.
 */
export const signatureOf = (args: readonly unknown[]): string => {
  const parts: string[] = []
  const walk = (value: unknown): void => {
    if (value instanceof Variable) parts.push(`v${identityOf(value)}`)
    else if (value instanceof Tensor) parts.push(`${value.dtype}[${value.shape.join()}]@${identityOf(value.home)}`)
    else if (value instanceof Cell || typeof value === 'function') parts.push(`#${identityOf(value)}`)
    else if (Array.isArray(value)) {
      parts.push('(')
      value.forEach(walk)
      parts.push(')')
    } else if (value instanceof Map || value instanceof Set) {
      parts.push(value instanceof Map ? 'map(' : 'set(')
      value.forEach((part: unknown, key: unknown) => {
        if (value instanceof Map) walk(key)
        walk(part)
      })
      parts.push(')')
    } else if (typeof value === 'object' && value !== null) {
      const prototype: unknown = Object.getPrototypeOf(value)
      if (prototype !== Object.prototype && prototype !== null) {
        parts.push(`#${identityOf(value)}`)
        return
      }
      parts.push('{')
      for (const [key, part] of Object.entries(value)) {
        parts.push(`${JSON.stringify(key)}:`)
        walk(part)
      }
      parts.push('}')
    } else if (typeof value === 'symbol') {
      throw new CaptureError(
        'compile: got a symbol as an argument, expected tensors, numbers, strings, arrays or objects.',
      )
    } else parts.push(textOf(value))
    parts.push(';')
  }
  args.forEach(walk)
  return parts.join('')
}
