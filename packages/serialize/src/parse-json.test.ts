import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JsonValue, JsonSyntaxError, isJsonObject, parseJson } from './parse-json.js'

function toPlain(value: JsonValue): unknown {
  if (isJsonObject(value)) {
    const members = [...value].map(([name, member]) => [name, toPlain(member)] as const)
    return Object.fromEntries(members)
  }
  return Array.isArray(value) ? value.map(toPlain) : value
}

describe('parseJson', () => {
  it('agrees with JSON.parse on whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        expect(toPlain(parseJson(text, 10))).toStrictEqual(JSON.parse(text))
      }),
    )
  })

  it('refuses exactly the damaged texts that JSON.parse refuses, but for duplicate names', () => {
    const damaged = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', '\n'),
      )
      .map(([text, place, inserted]) => {
        const position = place % (text.length + 1)
        return text.slice(0, position) + inserted + text.slice(position + 1)
      })
    fc.assert(
      fc.property(damaged, (text) => {
        let expected: unknown
        try {
          expected = JSON.parse(text)
        } catch {
          expect(() => parseJson(text, 100)).toThrow(JsonSyntaxError)
          return
        }
        try {
          expect(toPlain(parseJson(text, 100))).toStrictEqual(expected)
        } catch (error) {
          expect(error).toBeInstanceOf(JsonSyntaxError)
          expect(String(error)).toContain('appears twice')
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('keeps "__proto__" an ordinary member and members in order', () => {
    expect(parseJson('{"2": 1, "__proto__": {"1": 2}, "1": 3}', 3)).toStrictEqual(
      new Map<string, unknown>([
        ['2', 1],
        ['__proto__', new Map([['1', 2]])],
        ['1', 3],
      ]),
    )
  })

  it('refuses an object that names a member twice, also through an escape', () => {
    expect(() => parseJson('{"a": 1, "\\u0061": 2}', 3)).toThrow('the member "a" appears twice in one object')
  })

  it('refuses nesting beyond the bound and takes nesting at it', () => {
    expect(parseJson('[[[]]]', 3)).toStrictEqual([[[]]])
    expect(() => parseJson('[[[[]]]]', 3)).toThrow('nesting deeper than 3 levels at character 3')
    expect(() => parseJson('['.repeat(1_000_000), 128)).toThrow('nesting deeper than 128 levels')
  })

  it('says where the text goes wrong', () => {
    expect(() => parseJson('{"a" 1}', 3)).toThrow("expected ':' at character 5")
    expect(() => parseJson('[1, 2', 3)).toThrow("the text ends before ']' at character 5")
    expect(() => parseJson('', 3)).toThrow('the text ends before a value at character 0')
    expect(() => parseJson('"abc', 3)).toThrow('a string does not end at character 0')
  })
})
