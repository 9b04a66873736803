import { FormatError } from '@chainrule/tensor'

/** One word of a sentence: the ten columns of CoNLL-U, an underscore where the treebank says nothing. */
export interface Word {
  /** Place in the sentence, from 1. */
  readonly id: number
  readonly form: string
  readonly lemma: string
  /** Universal part of speech. */
  readonly upos: string
  /** Part of speech of the treebank's language. */
  readonly xpos: string
  /** Morphological features, as `Case=Nom|Number=Sing`. */
  readonly feats: string
  /** Place of the word that this one depends on; 0 for the root. */
  readonly head: number
  /** Kind of the dependency, as `nsubj` or `obl:tmod`. */
  readonly deprel: string
  /** Enhanced dependencies. */
  readonly deps: string
  readonly misc: string
}

/** A sentence of a treebank. */
export interface Sentence {
  /** From the comment `# sent_id = …`; empty without one. */
  readonly id: string
  /** From the comment `# text = …`; empty without one. */
  readonly text: string
  readonly words: readonly Word[]
}

const COLUMNS = 10
/** Multiword tokens (`3-4`) and empty nodes (`8.1`), which are not words of the tree. */
const skippedId = /^(\d+-\d+|\d+\.\d+)$/
const wholeNumber = /^\d+$/

const comment = (line: string, key: string): string | undefined => {
  const found = /^#\s*([^\s=]+)\s*=\s*(.*)$/.exec(line)
  return found?.[1] === key ? found[2] : undefined
}

const fail = (line: number, got: string, expected: string, advice: string): never => {
  throw new FormatError(`loadConllu: got ${got} on line ${line}, expected ${expected}. ${advice}`)
}

const parseWord = (text: string, line: number, expectedId: number): Word | undefined => {
  const columns = text.split('\t')
  if (columns.length !== COLUMNS) {
    fail(
      line,
      `${columns.length} columns`,
      `${COLUMNS}, separated by tabs`,
      'Check that the file is in CoNLL-U format.',
    )
  }
  const [
    id = '',
    form = '',
    lemma = '',
    upos = '',
    xpos = '',
    feats = '',
    head = '',
    deprel = '',
    deps = '',
    misc = '',
  ] = columns
  if (skippedId.test(id)) return undefined
  if (!wholeNumber.test(id) || Number(id) !== expectedId) {
    fail(
      line,
      `the id "${id}"`,
      `${expectedId}`,
      'Number the words of a sentence 1, 2, 3, … and separate sentences by an empty line.',
    )
  }
  if (!wholeNumber.test(head) || Number(head) === expectedId) {
    fail(
      line,
      `the head "${head}"`,
      'the id of another word, or 0 for the root',
      'Use a treebank with dependency annotation.',
    )
  }
  return { id: expectedId, form, lemma, upos, xpos, feats, head: Number(head), deprel, deps, misc }
}

/**
 * Parses CoNLL-U.
 *
 * @param text - the file
 * @returns its sentences
 * @throws FormatError with the line number where the text breaks the format
 */
export const parseConllu = (text: string): Sentence[] => {
  const sentences: Sentence[] = []
  let id = ''
  let sentenceText = ''
  let words: Word[] = []
  let lines: number[] = []
  const finish = (): void => {
    words.forEach(({ head }, index) => {
      if (head > words.length) {
        fail(
          lines[index] ?? 0,
          `the head ${head}`,
          `at most ${words.length}, the number of words`,
          'Correct the annotation.',
        )
      }
    })
    if (words.length > 0) sentences.push({ id, text: sentenceText, words })
    id = ''
    sentenceText = ''
    words = []
    lines = []
  }
  text.split(/\r?\n/).forEach((content, index) => {
    if (content.trim() === '') {
      finish()
    } else if (content.startsWith('#')) {
      id = comment(content, 'sent_id') ?? id
      sentenceText = comment(content, 'text') ?? sentenceText
    } else {
      const word = parseWord(content, index + 1, words.length + 1)
      if (word !== undefined) {
        words.push(word)
        lines.push(index + 1)
      }
    }
  })
  finish()
  return sentences
}
