import { FormatError } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { loadSafetensors } from '../index.js'
import { readHeader, readHeaderLength } from './read-header.js'

interface FileOptions {
  readonly length?: bigint
  readonly dataLength?: number
}

/** A file with this header, given as text or bytes, and `dataLength` bytes of data. */
function file(header: string | Uint8Array, { length, dataLength = 0 }: FileOptions = {}): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const bytes = new Uint8Array(8 + text.length + dataLength)
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

const entry = (shape: string, offsets: string, dtype = '"F32"'): string =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`

const one = (shape: string, offsets: string, dtype?: string): string => `{"a":${entry(shape, offsets, dtype)}}`

describe('the header of a safetensors file', () => {
  it.each([
    { what: 'nothing', header: '{}', dataLength: 0, names: [] },
    { what: 'space after it', header: '{}      ', dataLength: 0, names: [] },
    { what: 'null as metadata', header: '{"__metadata__":null}', dataLength: 0, names: [] },
    { what: 'rank 0', header: one('[]', '[0,4]'), dataLength: 4, names: ['a'] },
    { what: 'size 0', header: one('[2,0,3]', '[0,0]'), dataLength: 0, names: ['a'] },
    {
      what: 'tensors in another order than their data',
      header: `{"b":${entry('[2]', '[4,12]')},"a":${entry('[1]', '[0,4]')}}`,
      dataLength: 12,
      names: ['a', 'b'],
    },
    {
      what: 'tensors of size 0 before, between and after others',
      header: `{"d":${entry('[0]', '[8,8]')},"c":${entry('[1]', '[4,8]')},"b":${entry('[0]', '[4,4]')},"a":${entry('[1]', '[0,4]')},"z":${entry('[0]', '[0,0]')}}`,
      dataLength: 8,
      names: ['z', 'a', 'b', 'c', 'd'],
    },
    {
      what: 'fields of the future',
      header: '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"note":{"x":[1]}}}',
      dataLength: 4,
      names: ['a'],
    },
  ])('may hold $what', ({ header, dataLength, names }) => {
    const bytes = new TextEncoder().encode(header)
    expect(readHeader('test', bytes, dataLength).entries.map(({ name }) => name)).toEqual(names)
  })

  it.each([
    { what: 'no bytes', bytes: new Uint8Array(0), problem: 'got 0 bytes, expected at least 8' },
    { what: 'seven bytes', bytes: new Uint8Array(7), problem: 'got 7 bytes, expected at least 8' },
    { what: 'an empty header', bytes: file(''), problem: "does not begin with '{'" },
    {
      what: 'a header beyond its end',
      bytes: file('{}', { length: 3n }),
      problem: 'claims 3 bytes, but only 2 follow',
    },
    {
      what: 'an enormous header',
      bytes: file('{}', { length: 2n ** 64n - 1n }),
      problem: 'more than the 100000000 allowed',
    },
    { what: 'space before the header', bytes: file(' {}'), problem: "does not begin with '{'" },
    { what: 'a byte-order mark', bytes: file('\ufeff{}'), problem: "does not begin with '{'" },
    { what: 'broken UTF-8', bytes: file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22)), problem: 'it is not UTF-8' },
    { what: 'broken JSON', bytes: file('{"a":}'), problem: 'expected a value at character 5' },
    { what: 'deep JSON', bytes: file(`{"a":${'['.repeat(1000)}`), problem: 'nesting deeper than 128 levels' },
    { what: 'duplicate names', bytes: file('{"a":{},"\\u0061":{}}'), problem: 'the member "a" appears twice' },
    { what: 'duplicate fields', bytes: file('{"a":{"dtype":"F32","dtype":"F32"}}'), problem: '"dtype" appears twice' },
    { what: 'half a surrogate pair', bytes: file('{"\\ud800":{}}'), problem: 'half a surrogate pair' },
    {
      what: 'metadata of numbers',
      bytes: file('{"__metadata__":{"a":1}}'),
      problem: '__metadata__ "a" is not a string',
    },
    { what: 'a list as metadata', bytes: file('{"__metadata__":[]}'), problem: '__metadata__ is not an object' },
    {
      what: 'a number as tensor',
      bytes: file('{"a":1}'),
      problem: 'tensor "a": its entry in the header is not an object',
    },
    {
      what: 'no dtype',
      bytes: file('{"a":{"shape":[],"data_offsets":[0,4]}}'),
      problem: 'got dtype none, expected one of BOOL',
    },
    {
      what: 'an unknown dtype',
      bytes: file(one('[]', '[0,8]', '"C64"')),
      problem: 'got dtype "C64", expected one of BOOL',
    },
    { what: 'a dtype in lower case', bytes: file(one('[]', '[0,4]', '"f32"')), problem: 'got dtype "f32"' },
    {
      what: 'a negative size',
      bytes: file(one('[-1]', '[0,4]')),
      problem: 'shape is not a list of non-negative integers',
    },
    { what: 'a fractional size', bytes: file(one('[1.5]', '[0,4]')), problem: 'shape is not a list' },
    { what: 'a size as text', bytes: file(one('["1"]', '[0,4]')), problem: 'shape is not a list' },
    { what: 'an inexact size', bytes: file(one('[9007199254740993]', '[0,4]')), problem: 'shape is not a list' },
    { what: 'an overflowing shape', bytes: file(one('[4294967296,4294967296]', '[0,4]')), problem: 'overflows' },
    {
      what: 'an overflowing shape with a zero',
      bytes: file(one('[4294967296,4294967296,0]', '[0,0]')),
      problem: 'overflows',
    },
    { what: 'too many axes', bytes: file(one(`[${'1,'.repeat(64)}1]`, '[0,4]')), problem: '65 axes, more than 64' },
    { what: 'one offset', bytes: file(one('[]', '[0]')), problem: 'expected [begin, end] with begin ≤ end' },
    { what: 'three offsets', bytes: file(one('[]', '[0,4,8]')), problem: 'expected [begin, end] with begin ≤ end' },
    { what: 'offsets backwards', bytes: file(one('[]', '[4,0]')), problem: 'expected [begin, end] with begin ≤ end' },
    { what: 'a negative offset', bytes: file(one('[]', '[-4,0]')), problem: 'data_offsets is not a list' },
    {
      what: 'another size than its shape',
      bytes: file(one('[2]', '[0,4]'), { dataLength: 4 }),
      problem: 'float32 of shape [2] takes 8 bytes, but data_offsets span 4',
    },
    {
      what: 'a hole at the beginning',
      bytes: file(one('[]', '[4,8]'), { dataLength: 8 }),
      problem: 'begins at 4, expected 0',
    },
    {
      what: 'a hole between tensors',
      bytes: file(`{"a":${entry('[]', '[0,4]')},"b":${entry('[]', '[8,12]')}}`, { dataLength: 12 }),
      problem: 'tensor "b": its data begins at 8, expected 4',
    },
    {
      what: 'an overlap',
      bytes: file(`{"a":${entry('[2]', '[0,8]')},"b":${entry('[2]', '[4,12]')}}`, { dataLength: 12 }),
      problem: 'tensor "b": its data begins at 4, expected 8',
    },
    {
      what: 'two names for one stretch',
      bytes: file(`{"a":${entry('[]', '[0,4]')},"b":${entry('[]', '[0,4]')}}`, { dataLength: 4 }),
      problem: 'must neither overlap nor leave holes',
    },
    {
      what: 'bytes left over',
      bytes: file(one('[]', '[0,4]'), { dataLength: 5 }),
      problem: 'take 4 bytes, but 5 follow the header. The file is longer',
    },
    {
      what: 'bytes missing',
      bytes: file(one('[]', '[0,4]'), { dataLength: 3 }),
      problem: 'take 4 bytes, but 3 follow the header. The file is truncated',
    },
  ])('may not have $what', async ({ bytes, problem }) => {
    const result = loadSafetensors(bytes)
    await expect(result).rejects.toThrow(FormatError)
    await expect(result).rejects.toThrow(problem)
  })

  it('may be as long as the bound, but the file must have it', () => {
    const prefix = file('', { length: 100_000_000n })
    expect(readHeaderLength('test', prefix, 100_000_008)).toBe(100_000_000)
    expect(() => readHeaderLength('test', prefix, 100_000_007)).toThrow('only 99999999 follow')
  })

  it('says which file, and which tensor, an integer does not fit', async () => {
    const bytes = file(one('[1]', '[0,8]', '"I64"'), { dataLength: 8 })
    bytes.set([0xff, 0xff, 0xff, 0xff], bytes.length - 8)
    await expect(loadSafetensors(bytes)).rejects.toThrow(
      'loadSafetensors: tensor "a": int64 value 4294967295 at place 0 does not fit int32',
    )
  })
})
