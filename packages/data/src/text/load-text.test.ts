import { describe, expect, test } from 'vitest'
import { bytesOf } from '../testing/bytes-of.js'
import { gzip } from '../testing/gzip.js'
import { sharedData } from '../../../../scripts/shared-data.js'
import { loadText } from './load-text.js'
import { Vocabulary } from './vocabulary.js'

describe('loadText', () => {
  test('keeps the end of the text for validation', async () => {
    const { text, train, validation, vocabulary } = await loadText(gzip('abcdefghij'), { validationFraction: 0.3 })
    expect(text).toBe('abcdefghij')
    expect(vocabulary.decode(train)).toBe('abcdefg')
    expect(vocabulary.decode(validation)).toBe('hij')
  })

  test('keeps nothing when told so', async () => {
    const { train, validation } = await loadText(bytesOf('abc'), { validationFraction: 0 })
    expect([train.length, validation.length]).toEqual([3, 0])
  })

  test('encodes with a vocabulary that is given', async () => {
    const vocabulary = Vocabulary.of('zyxabc')
    const loaded = await loadText(bytesOf('cab'), { vocabulary, validationFraction: 0 })
    expect([...loaded.train]).toEqual([2, 0, 1])
    await expect(loadText(bytesOf('cat'), { vocabulary })).rejects.toThrow(/"t" at character 2/)
  })

  test.each([-0.1, 1, Number.NaN])('refuses the share %d', async (validationFraction) => {
    await expect(loadText(bytesOf('abc'), { validationFraction })).rejects.toThrow(/^loadText: got validationFraction/)
  })

  test('loads tiny Shakespeare', async (context) => {
    const { text, vocabulary, train, validation } = await loadText(sharedData(context, 'tinyshakespeare/input.txt'))
    expect(text.length).toBe(1_115_394)
    expect(vocabulary.size).toBe(65)
    expect([train.length, validation.length]).toEqual([1_003_855, 111_539])
    expect(vocabulary.decode(train.subarray(0, 14))).toBe('First Citizen:')
  })
})
