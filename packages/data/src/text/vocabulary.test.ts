import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Vocabulary } from './vocabulary.js'

describe('Vocabulary', () => {
  test('decodes what it encoded, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const vocabulary = Vocabulary.of(text)
        const numbers = vocabulary.encode(text)
        expect(numbers.length).toBe([...text].length)
        expect(vocabulary.size).toBe(new Set(text).size)
        expect(vocabulary.decode(numbers)).toBe(text)
      }),
    )
  })

  test('numbers characters in the order of code points', () => {
    expect(Vocabulary.of('b🙂a\n\uffee').characters).toEqual(['\n', 'a', 'b', '\uffee', '🙂'])
  })

  test('is rebuilt from its characters', () => {
    const vocabulary = Vocabulary.of('hello')
    expect([...new Vocabulary(vocabulary.characters).encode('hole')]).toEqual([...vocabulary.encode('hole')])
  })

  test('names a character or a number that it does not have', () => {
    const vocabulary = Vocabulary.of('abc')
    expect(() => vocabulary.encode('abxa')).toThrow(
      /^Vocabulary\.encode: got "x" at character 2, expected one of the 3/,
    )
    expect(() => vocabulary.decode([0, 3])).toThrow(/^Vocabulary\.decode: got 3, expected whole numbers from 0 to 2/)
    expect(() => vocabulary.decode([0.5])).toThrow(/got 0\.5/)
  })

  test.each([[['a', 'a']], [['ab']], [['']]])('refuses the characters %j', (characters) => {
    expect(() => new Vocabulary(characters)).toThrow(/^Vocabulary: got the entry/)
  })
})
