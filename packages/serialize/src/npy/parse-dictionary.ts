/** A value in the header of an npy file, as far as plain (not structured) arrays need them. */
export type PythonLiteral = string | boolean | readonly number[]

/** Why, and where in the text, something is not the dictionary of an npy header. */
export class DictionarySyntaxError extends Error {
  override readonly name = 'DictionarySyntaxError'
}

const tokens = {
  space: /[ \t\n\f\r]*/y,
  string: /'[^'\\\n]*'|"[^"\\\n]*"/y,
  // Python 2 wrote long integers with a suffix.
  integer: /(?:0|[1-9][0-9]*)L?(?![0-9A-Za-z_.])/y,
  word: /[A-Za-z_]+/y,
} as const

/**
 * Parses the part of Python's literals that npy headers are made of: one dictionary from strings to strings, truth
 * values and tuples of non-negative integers.
 *
 * @throws DictionarySyntaxError with the place in the text, also for a key that appears twice.
 */
export function parseDictionary(text: string): ReadonlyMap<string, PythonLiteral> {
  let position = 0

  function fail(problem: string): never {
    throw new DictionarySyntaxError(`${problem} at character ${position}`)
  }

  function take(kind: keyof typeof tokens): string | undefined {
    const pattern = tokens[kind]
    pattern.lastIndex = position
    const token = pattern.exec(text)?.[0]
    position += token?.length ?? 0
    return token
  }

  function accept(character: string): boolean {
    take('space')
    if (text[position] !== character) return false
    position += 1
    return true
  }

  function expect(character: string): void {
    if (!accept(character)) fail(`expected '${character}'`)
  }

  function parseString(): string {
    take('space')
    return take('string')?.slice(1, -1) ?? fail('expected a string')
  }

  function parseTuple(): readonly number[] {
    const entries: number[] = []
    while (!accept(')')) {
      const token = take('integer') ?? fail('expected a non-negative integer')
      entries.push(Number.parseInt(token, 10))
      if (accept(',')) continue
      // (3) is a number in parentheses; the tuple of one entry is (3,).
      if (entries.length === 1) fail("expected ','")
      expect(')')
      break
    }
    return entries
  }

  function parseValue(): PythonLiteral {
    if (accept('(')) return parseTuple()
    if (text[position] === "'" || text[position] === '"') return parseString()
    if (text[position] === '[') fail('structured arrays cannot become a tensor: found a list')
    const word = take('word')
    if (word === 'True' || word === 'False') return word === 'True'
    return fail('expected a string, True, False or a tuple')
  }

  const entries = new Map<string, PythonLiteral>()
  expect('{')
  while (!accept('}')) {
    const key = parseString()
    if (entries.has(key)) fail(`the key '${key.slice(0, 80)}' appears twice`)
    expect(':')
    entries.set(key, parseValue())
    if (accept(',')) continue
    expect('}')
    break
  }
  take('space')
  if (position < text.length) fail('unexpected text after the dictionary')
  return entries
}
