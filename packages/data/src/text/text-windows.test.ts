import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DataLoader } from '../loading/data-loader.js'
import { textWindows } from './text-windows.js'

const count = (length: number): Int32Array => Int32Array.from({ length }, (_, index) => index)

describe('textWindows', () => {
  test('shows each character but the first once as a target when windows do not overlap', () => {
    const windows = textWindows(count(13), { length: 4 })
    const targets = Array.from({ length: windows.length }, (_, index) => [...windows.get(index).target]).flat()
    expect(targets).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  test('shifts the target by one, at every stride', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(40),
        (length, stride, more) => {
          const size = length + 1 + more
          const windows = textWindows(count(size), { length, stride })
          expect(windows.length).toBe(Math.floor(more / stride) + 1)
          for (let index = 0; index < windows.length; index++) {
            const { input, target } = windows.get(index)
            expect([...input]).toEqual([...count(length)].map((place) => place + index * stride))
            expect([...target]).toEqual([...input].map((place) => place + 1))
          }
        },
      ),
    )
  })

  test('comes out of a loader as int32 batches that agree with get', () => {
    const windows = textWindows(count(20), { length: 3, stride: 2 })
    const loader = new DataLoader(windows, { batchSize: 4, keepBatches: true })
    const batches = [...loader]
    expect(batches.map(({ input }) => input.shape)).toEqual([
      [4, 3],
      [4, 3],
      [1, 3],
    ])
    expect(batches.map(({ target }) => target.dtype)).toEqual(['int32', 'int32', 'int32'])
    const rows = (part: 'input' | 'target'): number[] => batches.flatMap((batch) => [...batch[part].dataSync()])
    const expected = Array.from({ length: windows.length }, (_, index) => windows.get(index))
    expect(rows('input')).toEqual(expected.flatMap(({ input }) => [...input]))
    expect(rows('target')).toEqual(expected.flatMap(({ target }) => [...target]))
  })

  test('refuses a text that is too short, and sizes that are no counts', () => {
    expect(() => textWindows(count(4), { length: 4 })).toThrow(/^textWindows: got 4 characters, expected at least 5/)
    expect(() => textWindows(count(9), { length: 0 })).toThrow(/^textWindows: got length 0/)
    expect(() => textWindows(count(9), { length: 2, stride: 0.5 })).toThrow(/^textWindows: got stride 0\.5/)
    expect(() => textWindows(count(9), { length: 2 }).get(4)).toThrow(/^textWindows: got index 4, expected 0 to 3/)
  })
})
