import { ArgumentError } from '@chainrule/tensor'

/**
 * The characters of a text (Unicode code points), each with a number: its place in the order of code points.
 *
 * @example
 * ```ts
 * import { Vocabulary } from '@chainrule/data'
 * const vocabulary = Vocabulary.of('hello')
 * console.log(vocabulary.characters.join('')) // 'ehlo'
 * console.log(vocabulary.decode(vocabulary.encode('hole'))) // 'hole'
 * ```
 */
export class Vocabulary {
  /** The characters, by number. */
  readonly characters: readonly string[]
  readonly #numbers: ReadonlyMap<string, number>

  /**
   * A vocabulary of given characters, as one that was saved.
   *
   * @param characters - the characters by number, each once
   * @throws ArgumentError when an entry is not one character, or occurs twice
   */
  constructor(characters: readonly string[]) {
    this.characters = [...characters]
    this.#numbers = new Map(characters.map((character, number) => [character, number]))
    const wrong = characters.find((entry, place) => [...entry].length !== 1 || this.#numbers.get(entry) !== place)
    if (wrong !== undefined) {
      throw new ArgumentError(
        `Vocabulary: got the entry ${JSON.stringify(wrong)}, expected single characters, each once. Use Vocabulary.of(text).`,
      )
    }
  }

  /**
   * The vocabulary of a text.
   *
   * @param text - any text
   * @returns its different characters in the order of code points
   */
  static of(text: string): Vocabulary {
    const characters = [...new Set(text)]
    return new Vocabulary(characters.sort((left, right) => (left.codePointAt(0) ?? 0) - (right.codePointAt(0) ?? 0)))
  }

  /** How many characters there are. */
  get size(): number {
    return this.characters.length
  }

  /**
   * The numbers of a text's characters.
   *
   * @param text - characters of the vocabulary
   * @returns one number a character
   * @throws ArgumentError at a character that is not in the vocabulary
   */
  encode(text: string): Int32Array {
    const numbers = new Int32Array(text.length)
    let length = 0
    for (const character of text) {
      const number = this.#numbers.get(character)
      if (number === undefined) {
        throw new ArgumentError(
          `Vocabulary.encode: got ${JSON.stringify(character)} at character ${length}, expected one of the ${this.size} characters ` +
            'of the vocabulary. Build the vocabulary from all of the text.',
        )
      }
      numbers[length++] = number
    }
    return numbers.slice(0, length)
  }

  /**
   * The text of some numbers.
   *
   * @param numbers - numbers of characters, as from `encode` or a model
   * @returns the text
   * @throws ArgumentError at a number that no character has
   */
  decode(numbers: Iterable<number>): string {
    let text = ''
    for (const number of numbers) {
      const character = this.characters[number]
      if (character === undefined) {
        throw new ArgumentError(
          `Vocabulary.decode: got ${number}, expected whole numbers from 0 to ${this.size - 1}. Decode with the vocabulary that encoded.`,
        )
      }
      text += character
    }
    return text
  }
}
