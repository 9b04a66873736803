import { ArgumentError, Tensor } from '@chainrule/tensor'
import { quote } from '../quote.js'
import { replaceLoneSurrogates } from '../surrogates.js'
import { maximumDepth } from './checkpoint.js'

/** A structure taken apart: its tensors by path, and JSON that says where each one belongs. */
export interface FlatCheckpoint {
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly json: string
}

/** A place in the structure, as the names that lead there, for tensor names and messages. */
type Path = readonly string[]

/**
 * Takes a structure apart. What JSON has no word for becomes an object with one member whose name begins with `$`:
 * `{"$tensor": name}`, `{"$number": "NaN"}`, `{"$undefined": true}`, `{"$map": [[key, value], …]}`. Names of plain
 * objects that begin with `$` get another one.
 *
 * @throws ArgumentError with the path of what cannot be stored: bigints, functions, class instances, cycles.
 */
export function flatten(where: string, contents: object): FlatCheckpoint {
  const tensors = new Map<string, Tensor>()
  const ancestors = new Set<object>()

  function refuse(path: Path, problem: string): never {
    throw new ArgumentError(`${where}: ${path.length === 0 ? 'the contents' : quote(path.join('.'))}: ${problem}`)
  }

  /** The path with dots; where two places have the same, as `{a: {b}}` and `{'a.b'}`, the later one gets a number. */
  function nameTensor(path: Path): string {
    // The structure itself keeps the exact names.
    const plain = replaceLoneSurrogates(path.join('.'))
    let name = plain
    for (let count = 2; tensors.has(name) || name === '__metadata__'; count += 1) name = `${plain}#${count}`
    return name
  }

  function flattenNumber(value: number): unknown {
    if (Number.isFinite(value) && !Object.is(value, -0)) return value
    return { $number: Object.is(value, -0) ? '-0' : String(value) }
  }

  function flattenObject(value: object, path: Path): unknown {
    if (value instanceof Tensor) {
      const name = nameTensor(path)
      tensors.set(name, value)
      return { $tensor: name }
    }
    if (path.length > maximumDepth) refuse(path, `it lies deeper than ${maximumDepth} levels. Flatten the structure.`)
    if (ancestors.has(value)) refuse(path, 'it contains itself. Break the cycle.')
    ancestors.add(value)
    const flat = flattenMembers(value, path)
    ancestors.delete(value)
    return flat
  }

  function flattenMembers(value: object, path: Path): unknown {
    if (Array.isArray(value)) {
      return Array.from(value, (member: unknown, index) => flattenValue(member, [...path, String(index)]))
    }
    if (value instanceof Map) {
      return {
        $map: Array.from(value as ReadonlyMap<unknown, unknown>, ([key, member]) => {
          if (typeof key !== 'string')
            refuse(path, `a Map has a ${typeof key} as key, expected strings. Convert the keys.`)
          return [key, flattenValue(member, [...path, key])]
        }),
      }
    }
    if ('stateDict' in value && typeof value.stateDict === 'function') {
      return flattenValue((value.stateDict as () => unknown).call(value), path)
    }
    if (!isPlainObject(value)) {
      const name = typeof value.constructor === 'function' ? value.constructor.name : 'an unknown class'
      refuse(
        path,
        `got an instance of ${name}, expected tensors, numbers, strings, booleans, null, arrays, plain objects. ` +
          (ArrayBuffer.isView(value) ? 'Wrap it in tensor().' : 'Store its stateDict() or its plain fields.'),
      )
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name.startsWith('$') ? `$${name}` : name,
        flattenValue(member, [...path, name]),
      ]),
    )
  }

  function flattenValue(value: unknown, path: Path): unknown {
    switch (typeof value) {
      case 'number':
        return flattenNumber(value)
      case 'string':
      case 'boolean':
        return value
      case 'undefined':
        return { $undefined: true }
      case 'object':
        return value === null ? null : flattenObject(value, path)
      case 'bigint':
        return refuse(path, 'got a bigint, which JSON has no exact word for. Store it as a string.')
      case 'function':
      case 'symbol':
        return refuse(path, `got a ${typeof value}, expected tensors and plain data. Leave it out.`)
    }
  }

  if (typeof contents !== 'object' || contents === null || !isPlainObject(contents))
    refuse([], 'expected a plain object such as {model, optimizer, step}.')
  return { json: JSON.stringify(flattenValue(contents, [])), tensors }
}

function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
