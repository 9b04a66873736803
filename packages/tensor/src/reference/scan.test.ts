import { describe, expect, it } from 'vitest'
import type { ScanKernel } from '../kernel.js'
import { device, download, upload } from './storages.fixture.js'

const scan = (structure: ScanKernel['structure'], data: readonly number[]): number[] => {
  const kernel: ScanKernel = {
    kind: 'scan',
    structure,
    outer: 1,
    axis: data.length,
    inner: 1,
    offsets: { input: 0, output: 0 },
  }
  const array = structure.dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data)
  const storage = upload(array)
  // In place, as every element is read before it is replaced.
  device.run(kernel, [storage], [storage], [])
  return [...download(storage, structure.dtype, data.length)]
}

describe('scan', () => {
  const sum = { reduction: 'sum', dtype: 'float32', reverse: false, exclusive: false } as const

  it('gives running sums and products, forwards and backwards, with or without the element itself', () => {
    const data = [1, 2, 3, 4]
    expect(scan(sum, data)).toEqual([1, 3, 6, 10])
    expect(scan({ ...sum, reverse: true }, data)).toEqual([10, 9, 7, 4])
    expect(scan({ ...sum, exclusive: true }, data)).toEqual([0, 1, 3, 6])
    expect(scan({ ...sum, reverse: true, exclusive: true }, data)).toEqual([9, 7, 4, 0])
    expect(scan({ ...sum, reduction: 'prod' }, data)).toEqual([1, 2, 6, 24])
    expect(scan({ ...sum, reduction: 'prod', reverse: true, exclusive: true }, data)).toEqual([24, 12, 4, 1])
    expect(scan(sum, [])).toEqual([])
  })

  it('keeps the running value in float64 and wraps int32', () => {
    expect(scan(sum, [2 ** 24, 1, 1, -(2 ** 24)])).toEqual([2 ** 24, 2 ** 24, 2 ** 24 + 2, 2])
    expect(scan({ ...sum, dtype: 'int32' }, [2147483647, 1])).toEqual([2147483647, -2147483648])
    const products = scan({ ...sum, dtype: 'int32', reduction: 'prod' }, [2147483647, 2147483647, 3])
    expect(products).toEqual([2147483647, 1, 3])
  })

  it('runs along a middle axis from the offsets', () => {
    const output = upload(new Float32Array(9).fill(9))
    const kernel: ScanKernel = {
      kind: 'scan',
      structure: sum,
      outer: 2,
      axis: 2,
      inner: 2,
      offsets: { input: 2, output: 1 },
    }
    device.run(kernel, [upload(Float32Array.of(0, 0, 1, 2, 3, 4, 5, 6, 7, 8))], [output], [])
    expect([...download(output, 'float32', 9)]).toEqual([9, 1, 2, 4, 6, 5, 6, 12, 14])
  })
})
