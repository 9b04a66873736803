import { describe, expect, it } from 'vitest'
import { readHeader, readHeaderLength } from './read-header.js'
import { type TensorDescription, compareTensors, writeHeader } from './write-header.js'

const tensors: readonly TensorDescription[] = [
  { name: 'b', dtype: 'float32', shape: [2, 3] },
  { name: 'a', dtype: 'float32', shape: [1] },
  { name: 'half', dtype: 'float16', shape: [5] },
  { name: 'mask', dtype: 'bool', shape: [3] },
  { name: 'step', dtype: 'int32', shape: [] },
  { name: 'mean', dtype: 'float64', shape: [0, 2] },
]

describe('writeHeader', () => {
  it('stores the widest elements first, then by name, one after the other', () => {
    const bytes = writeHeader('test', [...tensors].sort(compareTensors), {})
    const length = readHeaderLength('test', bytes, bytes.length)
    const { entries } = readHeader('test', bytes.subarray(8), 4 + 24 + 4 + 10 + 3)
    expect(length).toBe(bytes.length - 8)
    expect(entries.map(({ name, type, begin, end }) => [name, type, begin, end])).toEqual([
      ['mean', 'float64', 0, 0],
      ['a', 'float32', 0, 4],
      ['b', 'float32', 4, 28],
      ['step', 'int32', 28, 32],
      ['half', 'float16', 32, 42],
      ['mask', 'bool', 42, 45],
    ])
  })

  it('orders names by code point, not by UTF-16 unit', () => {
    const names = ['\u{1f600}', '\uffff', 'b', 'ab', 'a', '']
    const described = names.map((name): TensorDescription => ({ name, dtype: 'bool', shape: [] }))
    expect(described.sort(compareTensors).map(({ name }) => name)).toEqual(['', 'a', 'ab', 'b', '\uffff', '\u{1f600}'])
  })

  it('pads with spaces to a multiple of eight bytes', () => {
    for (const name of ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg']) {
      const bytes = writeHeader('test', [{ name, dtype: 'bool', shape: [] }], {})
      expect(bytes.length % 8).toBe(0)
      expect(new TextDecoder().decode(bytes.subarray(8))).toMatch(/^\{.*\} {0,7}$/)
    }
  })

  it('refuses a header that no reader would accept', () => {
    expect(() => writeHeader('test', [], { note: 'x'.repeat(100_000_001) })).toThrow('readers accept 100000000')
    // Twenty tensors of one name, as long as fits many times over, but not together.
    const described = Array<TensorDescription>(20).fill({ name: 'x'.repeat(6_000_000), dtype: 'bool', shape: [] })
    expect(() => writeHeader('test', described, {})).toThrow('readers accept 100000000')
  })
})
