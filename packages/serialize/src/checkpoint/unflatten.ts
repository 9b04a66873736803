import { FormatError } from '@chainrule/tensor'
import { type JsonObject, type JsonValue, JsonSyntaxError, isJsonObject, parseJson } from '../parse-json.js'
import { quote } from '../quote.js'
import { maximumDepth } from './checkpoint.js'

/** Numbers that JSON cannot write so that they come back as they were. */
const specialNumbers: ReadonlyMap<string, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
])

/**
 * Puts a structure together again, the opposite of `flatten`.
 *
 * @param tensor - Gives the tensor of a name, or refuses it.
 * @throws FormatError for JSON or tags that `flatten` does not write.
 */
export function unflatten(where: string, json: JsonValue, tensor: (name: string) => unknown): unknown {
  function refuse(tag: string): never {
    throw new FormatError(
      `${where}: the structure holds ${quote(tag)} with a value it cannot have. The file is damaged.`,
    )
  }

  function readTag(tag: string, value: JsonValue | undefined): unknown {
    if (tag === '$tensor' && typeof value === 'string') return tensor(value)
    if (tag === '$number' && typeof value === 'string') return specialNumbers.get(value) ?? refuse(tag)
    if (tag === '$undefined' && value === true) return undefined
    if (tag === '$map' && Array.isArray(value)) return new Map(value.map((entry: JsonValue) => readEntry(tag, entry)))
    return refuse(tag)
  }

  function readEntry(tag: string, entry: JsonValue): readonly [string, unknown] {
    if (!Array.isArray(entry)) return refuse(tag)
    const [key, value] = entry
    if (typeof key !== 'string' || value === undefined || entry.length !== 2) return refuse(tag)
    return [key, readValue(value)]
  }

  function readObject(members: JsonObject): unknown {
    const [first] = members.keys()
    if (first !== undefined && members.size === 1 && /^\$[^$]/.test(first)) return readTag(first, members.get(first))
    return Object.fromEntries(
      Array.from(members, ([name, value]) => {
        if (!name.startsWith('$')) return [name, readValue(value)]
        return name.startsWith('$$') ? [name.slice(1), readValue(value)] : refuse(name)
      }),
    )
  }

  function readValue(value: JsonValue): unknown {
    if (isJsonObject(value)) return readObject(value)
    return Array.isArray(value) ? value.map(readValue) : value
  }

  return readValue(json)
}

/** Parses the JSON that `flatten` wrote; its tags take up to three levels for each one of the structure. */
export function parseStructure(where: string, text: string): JsonObject {
  try {
    const value = parseJson(text, 4 * maximumDepth)
    if (isJsonObject(value)) return value
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new FormatError(`${where}: the structure cannot be read: ${error.message}. The file is damaged.`, {
      cause: error,
    })
  }
  throw new FormatError(`${where}: the structure is not an object. The file is damaged.`)
}
