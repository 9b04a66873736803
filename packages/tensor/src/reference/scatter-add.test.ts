import { describe, expect, it } from 'vitest'
import { IndexError } from '../errors.js'
import type { ScatterAddKernel } from '../kernel.js'
import { device, download, upload } from './storages.fixture.js'

const kernel: ScatterAddKernel = {
  kind: 'scatterAdd',
  structure: { mode: 'take', dtype: 'float32', hasBase: false },
  outer: 1,
  axis: 3,
  count: 4,
  inner: 2,
  offsets: { source: 0, index: 0, base: 0, output: 0 },
}

const source = Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40)

describe('scatterAdd', () => {
  it('adds up what falls on one place, and leaves zeros elsewhere', () => {
    const output = upload(new Float32Array(6).fill(9))
    device.run(kernel, [upload(source), upload(Int32Array.of(2, 0, 2, 2))], [output], [])
    expect([...download(output, 'float32', 6)]).toEqual([2, 20, 0, 0, 8, 80])
  })

  it('adds along the axis at places of their own', () => {
    const output = device.allocate(24)
    const along: ScatterAddKernel = { ...kernel, structure: { ...kernel.structure, mode: 'along' } }
    device.run(along, [upload(source), upload(Int32Array.of(0, 1, 0, 2, 1, 2, 0, 2))], [output], [])
    expect([...download(output, 'float32', 6)]).toEqual([7, 0, 3, 10, 0, 90])
  })

  it('adds to a base, also in place', () => {
    const base = upload(Float32Array.of(100, 100, 200, 200, 300, 300))
    const onBase: ScatterAddKernel = { ...kernel, structure: { ...kernel.structure, hasBase: true } }
    device.run(onBase, [upload(source), upload(Int32Array.of(2, 0, 2, 2)), base], [base], [])
    expect([...download(base, 'float32', 6)]).toEqual([102, 120, 200, 200, 308, 380])
  })

  it('keeps outer slices apart and starts at the offsets', () => {
    const output = upload(new Float32Array(5).fill(9))
    const shifted: ScatterAddKernel = {
      ...kernel,
      outer: 2,
      axis: 2,
      count: 1,
      inner: 1,
      offsets: { source: 1, index: 1, base: 0, output: 1 },
    }
    device.run(shifted, [upload(source), upload(Int32Array.of(0, 1))], [output], [])
    expect([...download(output, 'float32', 5)]).toEqual([9, 0, 10, 0, 2])
  })

  it('sums in float64 and wraps int32', () => {
    const sum: ScatterAddKernel = { ...kernel, axis: 1, inner: 1 }
    const index = upload(new Int32Array(4))
    const output = device.allocate(4)
    device.run(sum, [upload(Float32Array.of(2 ** 24, 1, 1, -(2 ** 24))), index], [output], [])
    expect(download(output, 'float32', 1)[0]).toBe(2)
    const integers: ScatterAddKernel = { ...sum, structure: { ...kernel.structure, dtype: 'int32' } }
    device.run(integers, [upload(Int32Array.of(2147483647, 2, 0, 0)), index], [output], [])
    expect(download(output, 'int32', 1)[0]).toBe(-2147483647)
  })

  it('refuses indices outside the axis', () => {
    const output = device.allocate(24)
    const run = (): void => device.run(kernel, [upload(source), upload(Int32Array.of(0, 1, 2, 3))], [output], [])
    expect(run).toThrow(IndexError)
  })
})
