import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SortKernel } from '../kernel.js'
import { device, download, upload } from './storages.fixture.js'

const sortVector = (data: readonly number[], descending: boolean, count = data.length) => {
  const [values, places] = [device.allocate(count * 4), device.allocate(count * 4)]
  const kernel: SortKernel = {
    kind: 'sort',
    structure: { dtype: 'float32', descending },
    outer: 1,
    axis: data.length,
    count,
    inner: 1,
    offsets: { input: 0, values: 0, places: 0 },
  }
  device.run(kernel, [upload(Float32Array.from(data))], [values, places], [])
  return { values: [...download(values, 'float32', count)], places: [...download(places, 'int32', count)] }
}

describe('sort', () => {
  it('orders by value, and by place where values tie, either way round', () => {
    const small = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 20 })
    fc.assert(
      fc.property(small, fc.boolean(), (data, descending) => {
        const { values, places } = sortVector(data, descending)
        expect(values).toEqual(places.map((place) => data[place]))
        expect([...places].sort((p, q) => p - q)).toEqual(data.map((_, place) => place))
        for (let at = 1; at < data.length; at++) {
          const [before = NaN, after = NaN] = [values[at - 1], values[at]]
          const inOrder = descending ? before > after : before < after
          const inPlace = (places[at - 1] ?? NaN) < (places[at] ?? NaN)
          expect(inOrder || (before === after && inPlace)).toBe(true)
        }
      }),
      { seed: 8, numRuns: 100 },
    )
  })

  it('takes NaN as greater than every number', () => {
    const data = [NaN, Infinity, -1, NaN]
    expect(sortVector(data, false)).toEqual({ values: [-1, Infinity, NaN, NaN], places: [2, 1, 0, 3] })
    expect(sortVector(data, true)).toEqual({ values: [NaN, NaN, Infinity, -1], places: [0, 3, 1, 2] })
  })

  it('gives the first places only', () => {
    expect(sortVector([1, 4, 2, 3], true, 2)).toEqual({ values: [4, 3], places: [1, 3] })
    expect(sortVector([1, 4, 2, 3], true, 0)).toEqual({ values: [], places: [] })
  })

  it('sorts along a middle axis from the offsets', () => {
    const [values, places] = [upload(new Int32Array(5).fill(9)), upload(new Int32Array(6).fill(9))]
    const kernel: SortKernel = {
      kind: 'sort',
      structure: { dtype: 'int32', descending: false },
      outer: 2,
      axis: 3,
      count: 1,
      inner: 2,
      offsets: { input: 1, values: 1, places: 2 },
    }
    device.run(kernel, [upload(Int32Array.of(0, 3, 4, 1, 9, 2, 0, 7, 7, 8, 5, 6, 6))], [values, places], [])
    expect([...download(values, 'int32', 5)]).toEqual([9, 1, 0, 6, 5])
    expect([...download(places, 'int32', 6)]).toEqual([9, 9, 1, 2, 2, 1])
  })
})
