import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CopyKernel } from '../kernel.js'
import { addressOf, coordinatesOf, layoutsOf, sampleNumbers, shapes } from './layouts.fixture.js'
import { device, download, upload, vector } from './storages.fixture.js'

const pieces = shapes.chain((shape) =>
  fc.tuple(fc.constant(shape), layoutsOf(shape, { mayRepeat: true }), layoutsOf(shape, { mayRepeat: false })),
)

describe('copy', () => {
  it.each([false, true])('moves a piece between any layouts (accumulate: %s)', (accumulate) => {
    fc.assert(
      fc.property(pieces, ([shape, source, target]) => {
        const data = Float32Array.from(sampleNumbers(source.extent))
        const before = Float32Array.from(sampleNumbers(target.extent, 17))
        const expected = before.slice()
        for (const place of coordinatesOf(shape)) {
          const at = addressOf(target, place)
          expected[at] = (data[addressOf(source, place)] ?? NaN) + (accumulate ? (before[at] ?? NaN) : 0)
        }
        const output = upload(before)
        const kernel: CopyKernel = {
          kind: 'copy',
          structure: { dtype: 'float32', accumulate },
          pieces: [{ input: 0, shape, source, target }],
        }
        device.run(kernel, [upload(data)], [output], [])
        expect(download(output, 'float32', target.extent)).toEqual(expected)
      }),
      { seed: 4, numRuns: 200 },
    )
  })

  it('fills before the pieces, and only where told', () => {
    const output = upload(Float32Array.of(1, 1, 1, 1, 1, 1))
    const kernel: CopyKernel = {
      kind: 'copy',
      structure: { dtype: 'float32', accumulate: false },
      fill: { value: 0.5, size: 4, offset: 1 },
      pieces: [{ input: 0, shape: [2], source: vector, target: { strides: [1], offset: 2 } }],
    }
    device.run(kernel, [upload(Float32Array.of(8, 9))], [output], [])
    expect([...download(output, 'float32', 6)]).toEqual([1, 0.5, 8, 9, 0.5, 1])
  })

  it('concatenates several inputs', () => {
    const output = device.allocate(20)
    const kernel: CopyKernel = {
      kind: 'copy',
      structure: { dtype: 'int32', accumulate: false },
      pieces: [
        { input: 0, shape: [2], source: vector, target: vector },
        { input: 1, shape: [3], source: { strides: [-1], offset: 2 }, target: { strides: [1], offset: 2 } },
      ],
    }
    device.run(kernel, [upload(Int32Array.of(1, 2)), upload(Int32Array.of(5, 4, 3))], [output], [])
    expect([...download(output, 'int32', 5)]).toEqual([1, 2, 3, 4, 5])
  })

  it('adds overlapping pieces in order', () => {
    const output = device.allocate(12)
    const kernel: CopyKernel = {
      kind: 'copy',
      structure: { dtype: 'float32', accumulate: true },
      fill: { value: 0, size: 3, offset: 0 },
      pieces: [
        { input: 0, shape: [2], source: vector, target: vector },
        { input: 0, shape: [2], source: vector, target: { strides: [1], offset: 1 } },
      ],
    }
    device.run(kernel, [upload(Float32Array.of(1, 10))], [output], [])
    expect([...download(output, 'float32', 3)]).toEqual([1, 11, 10])
  })
})
