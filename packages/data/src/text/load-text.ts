import { ArgumentError } from '@chainrule/tensor'
import type { DataSource } from '../sources/data-source.js'
import { readText } from '../sources/read-text.js'
import { Vocabulary } from './vocabulary.js'

/** Options of {@link loadText}. */
export interface LoadTextOptions {
  /** Share of the text, at its end, that is kept for validation; 0.1 by default. */
  readonly validationFraction?: number
  /** An existing vocabulary, as of a trained model; by default that of the text. */
  readonly vocabulary?: Vocabulary
}

/** A text as numbers of characters. */
export interface TextData {
  readonly text: string
  readonly vocabulary: Vocabulary
  /** The characters to train on. */
  readonly train: Int32Array
  /** The characters after them. */
  readonly validation: Int32Array
}

/**
 * Loads a UTF-8 text, plain or gzip, for a model of characters. The end of the text is kept for validation, so that no
 * window of the one part shows characters of the other.
 *
 * @param source - path, address, bytes or blob
 * @param options - share for validation, vocabulary
 * @returns text, vocabulary, and the numbers of the characters in both parts
 * @throws SourceError when the source cannot be read
 * @throws FormatError when it is not UTF-8
 * @throws ArgumentError when the share is not in [0, 1), or a given vocabulary lacks a character
 *
 * @example
 * ```ts
 * import { DataLoader, loadText, textWindows } from '@chainrule/data'
 * const { train, vocabulary } = await loadText(new TextEncoder().encode('to be or not to be, that is the question'))
 * const loader = new DataLoader(textWindows(train, { length: 8 }), { batchSize: 2, shuffle: true })
 * for (const { input, target } of loader) console.log(input.shape, target.shape) // [2, 8] [2, 8]
 * console.log(vocabulary.size) // 14
 * ```
 */
export const loadText = async (source: DataSource, options: LoadTextOptions = {}): Promise<TextData> => {
  const { validationFraction = 0.1 } = options
  if (!(validationFraction >= 0 && validationFraction < 1)) {
    throw new ArgumentError(
      `loadText: got validationFraction ${validationFraction}, expected a number from 0 to below 1. Give for example 0.1.`,
    )
  }
  const text = await readText(source, 'loadText')
  const vocabulary = options.vocabulary ?? Vocabulary.of(text)
  const numbers = vocabulary.encode(text)
  const trained = numbers.length - Math.round(validationFraction * numbers.length)
  return { text, vocabulary, train: numbers.slice(0, trained), validation: numbers.slice(trained) }
}
