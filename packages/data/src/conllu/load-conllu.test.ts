import { FormatError } from '@chainrule/tensor'
import { describe, expect, test } from 'vitest'
import { bytesOf } from '../testing/bytes-of.js'
import { gzip } from '../testing/gzip.js'
import { sharedData } from '../../../../scripts/shared-data.js'
import { loadConllu } from './load-conllu.js'

const line = (id: string, form: string, head: string, deprel = 'dep'): string =>
  [id, form, form.toLowerCase(), 'NOUN', 'NN', 'Number=Sing', head, deprel, `${head}:${deprel}`, 'SpaceAfter=No'].join(
    '\t',
  )

const treebank = [
  '# newdoc id = d',
  '# sent_id = d-1',
  '# text = Vámonos al mar = sea',
  line('1-2', 'Vámonos', '_'),
  line('1', 'Vamos', '0', 'root'),
  line('2', 'nos', '1'),
  line('2.1', 'ghost', '_'),
  line('3', 'mar', '1', 'obl:to'),
  '',
  '',
  line('1', 'Sí', '0', 'root'),
].join('\n')

describe('loadConllu', () => {
  test('reads sentences, without multiword tokens and empty nodes', async () => {
    const sentences = await loadConllu(bytesOf(treebank))
    expect(sentences.map(({ id, text }) => [id, text])).toEqual([
      ['d-1', 'Vámonos al mar = sea'],
      ['', ''],
    ])
    expect(sentences.map(({ words }) => words.map(({ id, form, head }) => [id, form, head]))).toEqual([
      [
        [1, 'Vamos', 0],
        [2, 'nos', 1],
        [3, 'mar', 1],
      ],
      [[1, 'Sí', 0]],
    ])
    expect(sentences[0]?.words[2]).toEqual({
      id: 3,
      form: 'mar',
      lemma: 'mar',
      upos: 'NOUN',
      xpos: 'NN',
      feats: 'Number=Sing',
      head: 1,
      deprel: 'obl:to',
      deps: '1:obl:to',
      misc: 'SpaceAfter=No',
    })
  })

  test('reads packed files and files from Windows alike', async () => {
    const expected = await loadConllu(bytesOf(treebank))
    expect(await loadConllu(gzip(treebank))).toEqual(expected)
    expect(await loadConllu(bytesOf(treebank.replaceAll('\n', '\r\n')))).toEqual(expected)
  })

  test.each([
    ['missing columns', '# c\n1\tDogs\tdog', /got 3 columns on line 2, expected 10/],
    ['an id out of turn', `${line('1', 'a', '0')}\n${line('3', 'b', '1')}`, /got the id "3" on line 2, expected 2/],
    ['an id that is no number', line('x', 'a', '0'), /got the id "x" on line 1, expected 1/],
    ['a head that is no number', line('1', 'a', '_'), /got the head "_" on line 1/],
    [
      'a word that depends on itself',
      line('1', 'a', '1'),
      /got the head "1" on line 1, expected the id of another word/,
    ],
    [
      'a head outside the sentence',
      `\n${line('1', 'a', '0')}\n${line('2', 'b', '3')}\n`,
      /got the head 3 on line 3, expected at most 2/,
    ],
  ])('names the line of %s', async (_, text, message) => {
    const loading = loadConllu(bytesOf(text))
    await expect(loading).rejects.toThrow(FormatError)
    await expect(loading).rejects.toThrow(message)
    await expect(loading).rejects.toThrow(/^loadConllu: /)
  })

  test.for([
    ['train', 12_544, 204_577],
    ['dev', 2_001, 25_147],
    ['test', 2_077, 25_094],
  ] as const)('counts the %s part of UD English EWT', async ([part, sentences, words], context) => {
    const loaded = await loadConllu(sharedData(context, `ud-english-ewt/en_ewt-ud-${part}.conllu.gz`))
    expect(loaded.length).toBe(sentences)
    expect(loaded.reduce((count, sentence) => count + sentence.words.length, 0)).toBe(words)
    for (const sentence of loaded) expect(sentence.words.filter(({ head }) => head === 0).length).toBe(1)
  })
})
