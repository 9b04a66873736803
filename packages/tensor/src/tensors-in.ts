import type { Tensor } from './tensor.js'
import { isTensor } from './tensor-brand.js'

const isPlainObject = (value: object): value is Record<string, unknown> => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * The tensors in a value: itself, or in arrays, plain objects, maps and sets to any depth, in order; one that occurs twice is
 * found twice.
 *
 * @param value - anything
 * @returns its tensors
 */
export const tensorsIn = (value: unknown): Tensor[] => {
  const found: Tensor[] = []
  // What is being walked: a structure that contains itself ends there.
  const around = new Set<object>()
  const walk = (part: unknown): void => {
    if (isTensor(part)) found.push(part)
    else if (typeof part === 'object' && part !== null && !around.has(part)) {
      around.add(part)
      if (Array.isArray(part)) part.forEach(walk)
      else if (part instanceof Map || part instanceof Set) [...part.values()].forEach(walk)
      else if (isPlainObject(part)) Object.values(part).forEach(walk)
      around.delete(part)
    }
  }
  walk(value)
  return found
}

/**
 * The same structure with each tensor replaced, in the order of `tensorsIn`: arrays, plain objects, maps and sets are rebuilt,
 * everything else is passed on.
 *
 * @param value - a structure that does not contain itself
 * @param replace - gives the replacement of a tensor
 * @returns the new structure
 */
export const mapTensors = <T>(value: T, replace: (tensor: Tensor) => unknown): T => {
  const walk = (part: unknown): unknown => {
    if (isTensor(part)) return replace(part)
    if (Array.isArray(part)) return part.map(walk)
    if (part instanceof Map) return new Map([...part].map(([key, inner]) => [key, walk(inner)]))
    if (part instanceof Set) return new Set([...part].map(walk))
    if (typeof part === 'object' && part !== null && isPlainObject(part)) {
      return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]))
    }
    return part
  }
  return walk(value) as T
}
