import { FormatError } from '@chainrule/tensor'
import { describe, expect, test } from 'vitest'
import { bytesOf } from '../testing/bytes-of.js'
import { gzip } from '../testing/gzip.js'
import { readText } from './read-text.js'

describe('readText', () => {
  const text = 'naïve 🙂\n'.repeat(20_000)

  test('reads plain and packed UTF-8 alike', async () => {
    expect(await readText(bytesOf(text), 'loadText')).toBe(text)
    expect(await readText(gzip(text), 'loadText')).toBe(text)
  })

  test('leaves out a byte-order mark', async () => {
    expect(await readText(bytesOf('\ufeffa'), 'loadText')).toBe('a')
  })

  test('reads nothing from nothing', async () => {
    expect(await readText(new Uint8Array(), 'loadText')).toBe('')
  })

  test.each([
    ['bytes that are not UTF-8', Uint8Array.of(0x61, 0xff, 0x61)],
    ['a character cut in half', Uint8Array.of(0x61, 0xc3)],
  ])('refuses %s', async (_, bytes) => {
    await expect(readText(bytes, 'loadText')).rejects.toThrow(/^loadText: got bytes that are not UTF-8 in \d bytes/)
  })

  test.each([
    ['cut short', (packed: Uint8Array) => packed.subarray(0, packed.length >> 1)],
    ['damaged', (packed: Uint8Array) => packed.map((byte, place) => (place === packed.length - 6 ? byte ^ 1 : byte))],
  ])('refuses gzip that is %s', async (_, damage) => {
    const reading = readText(damage(gzip(text)), 'loadText')
    await expect(reading).rejects.toThrow(FormatError)
    await expect(reading).rejects.toThrow(/^loadText: got a gzip file of \d+ bytes that does not unpack/)
  })
})
