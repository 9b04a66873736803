import { denseStrides, sizeOf } from '@chainrule/tensor'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { align, commonFactors, cutStrides, type Factors, mergeAccess } from './align.js'

const dense = (shape: readonly number[]) => ({ strides: denseStrides(shape), offset: 0 })

/** Places that an access reaches, row-major. */
const placesOf = (shape: readonly number[], strides: readonly number[], offset: number): number[] =>
  shape.reduce<number[]>(
    (places, length, axis) =>
      places.flatMap((place) => Array.from({ length }, (_, at) => place + at * (strides[axis] ?? 0))),
    [offset],
  )

describe('commonFactors', () => {
  it('cuts lists of lengths where either has a boundary', () => {
    expect(commonFactors([6, 4], [2, 12])).toEqual({ left: [[2, 3], [4]], right: [[2], [3, 4]] })
  })

  it('refuses boundaries that cross, and other totals', () => {
    expect(commonFactors([4, 6], [6, 4])).toBeUndefined()
    expect(commonFactors([4], [2])).toBeUndefined()
  })
})

describe('align', () => {
  it('pairs the axes of a transposed reader with those of the writer', () => {
    expect(align([3, 2], { strides: [1, 3], offset: 0 }, [2, 3], dense([2, 3]))?.pairs).toEqual([1, 0])
  })

  it('leaves an axis without a partner along which the reader repeats', () => {
    expect(align([4, 3], { strides: [0, 1], offset: 0 }, [3], dense([3]))?.pairs).toEqual([undefined, 0])
  })

  it('refuses readers that see a part of the block, or the same place twice in one axis', () => {
    expect(align([2], { strides: [1], offset: 1 }, [3], dense([3]))).toBeUndefined()
    expect(align([2], { strides: [2], offset: 0 }, [4], dense([4]))).toBeUndefined()
    expect(align([2, 3], { strides: [1, 1], offset: 0 }, [4], dense([4]))).toBeUndefined()
  })

  it('merges what it cut: any access of a regrouped, permuted reader is that of the writer', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(lengths, fc.nat(20), (shape, offset) => {
        const flat = [sizeOf(shape)]
        const alignment = align(flat, dense(flat), shape, dense(shape))
        const target = { strides: [3], offset }
        const cut = alignment && { strides: cutStrides(target.strides, alignment.left), offset }
        const merged = alignment && cut && mergeAccess(cut, alignment, shape)
        expect(merged && placesOf(shape, merged.strides, merged.offset)).toEqual(placesOf(flat, target.strides, offset))
      }),
      { numRuns: 100, seed: 41 },
    )
  })
})

describe('cutStrides', () => {
  it('reaches the same places in the same order', () => {
    const factors: readonly Factors[] = [[2, 3], [4]]
    const strides = cutStrides([5, 1], factors)
    expect(strides).toEqual([15, 5, 1])
    expect(placesOf([2, 3, 4], strides, 7)).toEqual(placesOf([6, 4], [5, 1], 7))
  })
})
