import { FormatError } from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gzip } from '../testing/gzip.js'
import { sharedData } from '../../../../scripts/shared-data.js'
import { loadIdx } from './load-idx.js'

/** An IDX file of a type, whose items `write` puts into a view. */
const idxFile = (
  type: number,
  shape: readonly number[],
  itemSize: number,
  values: readonly number[] = [],
  write: (view: DataView, place: number, value: number) => void = () => undefined,
): Uint8Array => {
  const start = 4 + 4 * shape.length
  const bytes = new Uint8Array(start + itemSize * values.length)
  const view = new DataView(bytes.buffer)
  bytes.set([0, 0, type, shape.length])
  shape.forEach((size, axis) => view.setUint32(4 + 4 * axis, size))
  values.forEach((value, index) => write(view, start + itemSize * index, value))
  return bytes
}

const byteFile = (shape: readonly number[], values: readonly number[]): Uint8Array =>
  idxFile(8, shape, 1, values, (view, place, value) => view.setUint8(place, value))

describe('loadIdx', () => {
  test.each([
    [
      'bytes',
      0x08,
      1,
      [0, 7, 255],
      'int32',
      (view: DataView, place: number, value: number) => view.setUint8(place, value),
    ],
    [
      'signed bytes',
      0x09,
      1,
      [-128, 0, 127],
      'int32',
      (view: DataView, place: number, value: number) => view.setInt8(place, value),
    ],
    [
      'shorts',
      0x0b,
      2,
      [-32768, 258, 32767],
      'int32',
      (view: DataView, place: number, value: number) => view.setInt16(place, value),
    ],
    [
      'integers',
      0x0c,
      4,
      [-(2 ** 31), 16909060, 7],
      'int32',
      (view: DataView, place: number, value: number) => view.setInt32(place, value),
    ],
    [
      'floats',
      0x0d,
      4,
      [-1.5, 0, 2 ** -140],
      'float32',
      (view: DataView, place: number, value: number) => view.setFloat32(place, value),
    ],
    [
      'doubles',
      0x0e,
      8,
      [Math.PI, -0.1, 1e300],
      'float64',
      (view: DataView, place: number, value: number) => view.setFloat64(place, value),
    ],
  ] as const)('reads %s, big-endian', async (_, type, itemSize, values, dtype, write) => {
    const loaded = await loadIdx(idxFile(type, [3, 1], itemSize, values, write))
    expect(loaded.dtype).toBe(dtype)
    expect(loaded.shape).toEqual([3, 1])
    expect([...loaded.dataSync()]).toEqual(values)
  })

  test('gives what was written, plain or packed, at any offset of a buffer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 5, maxLength: 5 }), { maxLength: 20 }),
        fc.nat(7),
        async (rows, offset) => {
          const file = byteFile([rows.length, 5], rows.flat())
          const shifted = new Uint8Array(offset + file.length)
          shifted.set(file, offset)
          for (const source of [file, shifted.subarray(offset), gzip(file)]) {
            const loaded = await loadIdx(source)
            expect(loaded.shape).toEqual([rows.length, 5])
            expect([...loaded.dataSync()]).toEqual(rows.flat())
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  test('converts to the dtype asked for', async () => {
    const loaded = await loadIdx(byteFile([2], [3, 4]), { dtype: 'float32' })
    expect(loaded.dtype).toBe('float32')
    expect([...loaded.dataSync()]).toEqual([3, 4])
  })

  test('refuses a dtype that it does not make', async () => {
    await expect(loadIdx(byteFile([1], [1]), { dtype: 'bool' as 'int32' })).rejects.toMatchObject({ code: 'ARGUMENT' })
  })

  test.each([
    ['a text file', new TextEncoder().encode('hello world'), /first bytes 68 65 6c 6c, expected 00 00/],
    ['an unknown type', Uint8Array.of(0, 0, 0x0a, 1, 0, 0, 0, 0), /first bytes 00 00 0a 01/],
    ['no axis', Uint8Array.of(0, 0, 8, 0), /got 0 axes/],
    ['too many axes', Uint8Array.of(0, 0, 8, 9), /got 9 axes .* expected 1 to 8/],
    ['an empty file', new Uint8Array(), /got 0 bytes in 0 bytes, expected an IDX header/],
    ['a header cut short', byteFile([2, 2], [1, 2, 3, 4]).subarray(0, 9), /expected an IDX header/],
    [
      'a file cut short',
      byteFile([2, 2], [1, 2, 3, 4]).subarray(0, 15),
      /got 15 bytes .* expected 16 for uint8 of shape \[2, 2\]/,
    ],
    ['bytes after the last element', byteFile([2], [1, 2, 3]), /got 11 bytes or more .* expected 10/],
    [
      'sizes beyond any file',
      byteFile([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], [1]),
      /shape \[4294967295, 4294967295, 4294967295\]/,
    ],
    ['sizes beyond this file', byteFile([2 ** 31, 4], [1]), /expected 8589934604 for uint8/],
  ])('refuses %s, plain and packed', async (_, file, message) => {
    for (const source of [file, gzip(file)]) {
      const loading = loadIdx(source)
      await expect(loading).rejects.toThrow(FormatError)
      await expect(loading).rejects.toThrow(/^loadIdx: got .*, expected .*\. .*\.$/)
      await expect(loading).rejects.toMatchObject({ code: 'FORMAT' })
      if (source === file) await expect(loading).rejects.toThrow(message)
    }
  })

  test('refuses packed sizes before it allocates for them', async () => {
    // 8 GiB of zeros would be allocated if the header were believed.
    await expect(loadIdx(gzip(byteFile([2 ** 31, 4], [1])))).rejects.toThrow(/No gzip file of that size can hold them/)
  })

  test('refuses a packed file that goes on after its last element', async () => {
    const long = new Uint8Array(300_000)
    long.set(byteFile([2], [1, 2]))
    await expect(loadIdx(gzip(long))).rejects.toThrow(/has bytes after its last element/)
  })

  test('loads the labels of MNIST', async (context) => {
    const labels = await loadIdx(sharedData(context, 'mnist/t10k-labels-idx1-ubyte.gz'))
    expect(labels.shape).toEqual([10_000])
    expect([...labels.dataSync().slice(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
  })
})
