import { describe, expect, it } from 'vitest'
import { IndexError } from '../errors.js'
import type { GatherKernel } from '../kernel.js'
import { device, download, upload } from './storages.fixture.js'

const kernel: GatherKernel = {
  kind: 'gather',
  structure: { mode: 'take', dtype: 'float32' },
  outer: 2,
  axis: 3,
  count: 2,
  inner: 2,
  offsets: { source: 0, index: 0, output: 0 },
}

/** source[o, i, r] = 100·o + 10·i + r */
const source = Float32Array.of(0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121)

describe('gather', () => {
  it('takes the same places of the axis for every outer and inner place', () => {
    const output = device.allocate(32)
    device.run(kernel, [upload(source), upload(Int32Array.of(2, 0))], [output], [])
    expect([...download(output, 'float32', 8)]).toEqual([20, 21, 0, 1, 120, 121, 100, 101])
  })

  it('reads along the axis at places of their own', () => {
    const output = device.allocate(32)
    const along: GatherKernel = { ...kernel, structure: { mode: 'along', dtype: 'float32' } }
    device.run(along, [upload(source), upload(Int32Array.of(0, 1, 2, 2, 1, 1, 0, 2))], [output], [])
    expect([...download(output, 'float32', 8)]).toEqual([0, 11, 20, 21, 110, 111, 100, 121])
  })

  it('starts at the offsets', () => {
    const output = upload(Float32Array.of(9, 9, 9))
    const shifted: GatherKernel = {
      ...kernel,
      outer: 1,
      count: 1,
      offsets: { source: 6, index: 1, output: 1 },
    }
    device.run(shifted, [upload(source), upload(Int32Array.of(7, 1))], [output], [])
    expect([...download(output, 'float32', 3)]).toEqual([9, 110, 111])
  })

  it('refuses indices outside the axis before it writes', () => {
    const output = upload(new Float32Array(8).fill(9))
    for (const outside of [3, -1]) {
      const run = (): void => device.run(kernel, [upload(source), upload(Int32Array.of(0, outside))], [output], [])
      expect(run).toThrow(IndexError)
      expect(run).toThrow(`gather: got index ${outside} at position 1, expected 0 … 2 for an axis of size 3.`)
    }
    expect(new Set(download(output, 'float32', 8))).toEqual(new Set([9]))
  })

  it('reads nothing for an empty index, even from an empty axis', () => {
    const empty: GatherKernel = { ...kernel, axis: 0, count: 0 }
    const none = device.allocate(0)
    expect(() => device.run(empty, [none, none], [none], [])).not.toThrow()
  })
})
