/** A JSON value; objects become maps, so that no member name (`__proto__`) is special and order is kept. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject
export type JsonObject = ReadonlyMap<string, JsonValue>

/** Whether a parsed value is an object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map
}

const numberToken = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const wordTokens: readonly (readonly [string, null | boolean])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
]

/** Why, and where in the text, something is not acceptable JSON. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
}

/**
 * Parses JSON (RFC 8259) and refuses what `JSON.parse` lets through in a file from elsewhere: an object that names a
 * member twice, and nesting deeper than `maximumDepth`.
 *
 * @throws JsonSyntaxError with the place in the text.
 */
export function parseJson(text: string, maximumDepth: number): JsonValue {
  let position = 0

  function fail(problem: string): never {
    throw new JsonSyntaxError(`${problem} at character ${position}`)
  }

  function skipSpace(): void {
    for (;;) {
      const code = text.charCodeAt(position)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      position += 1
    }
  }

  function accept(character: string): boolean {
    skipSpace()
    if (text[position] !== character) return false
    position += 1
    return true
  }

  function expect(character: string): void {
    if (!accept(character))
      fail(position < text.length ? `expected '${character}'` : `the text ends before '${character}'`)
  }

  function parseString(): string {
    const begin = position
    let end = begin
    for (;;) {
      end = text.indexOf('"', end + 1)
      if (end < 0) fail('a string does not end')
      let backslashes = 0
      while (text[end - 1 - backslashes] === '\\') backslashes += 1
      if (backslashes % 2 === 0) break
    }
    try {
      const value: unknown = JSON.parse(text.slice(begin, end + 1))
      if (typeof value !== 'string') fail('expected a string')
      position = end + 1
      return value
    } catch {
      return fail('a string holds a control character or an unknown escape')
    }
  }

  function parseNumber(): number {
    numberToken.lastIndex = position
    const token = numberToken.exec(text)?.[0]
    if (token === undefined) return fail(position < text.length ? 'expected a value' : 'the text ends before a value')
    position += token.length
    return Number(token)
  }

  function parseArray(depth: number): JsonValue[] {
    const list: JsonValue[] = []
    if (accept(']')) return list
    do list.push(parseValue(depth))
    while (accept(','))
    expect(']')
    return list
  }

  function parseObject(depth: number): JsonObject {
    const members = new Map<string, JsonValue>()
    if (accept('}')) return members
    do {
      skipSpace()
      if (text[position] !== '"') fail('expected a member name')
      const name = parseString()
      if (members.has(name)) fail(`the member ${JSON.stringify(name.slice(0, 80))} appears twice in one object`)
      expect(':')
      members.set(name, parseValue(depth))
    } while (accept(','))
    expect('}')
    return members
  }

  function parseValue(depth: number): JsonValue {
    skipSpace()
    const first = text[position]
    if (first === '{' || first === '[') {
      if (depth >= maximumDepth) fail(`nesting deeper than ${maximumDepth} levels`)
      position += 1
      return first === '{' ? parseObject(depth + 1) : parseArray(depth + 1)
    }
    if (first === '"') return parseString()
    for (const [word, value] of wordTokens) {
      if (text.startsWith(word, position)) {
        position += word.length
        return value
      }
    }
    return parseNumber()
  }

  const value = parseValue(0)
  skipSpace()
  if (position < text.length) fail('unexpected text after the value')
  return value
}
