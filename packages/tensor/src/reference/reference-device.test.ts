import { describe, expect, it } from 'vitest'
import { ArgumentError, DeviceError, DisposedError, DTypeError, OutOfMemoryError } from '../errors.js'
import type { RandomKernel } from '../kernel.js'
import { coordinatesOf } from './layouts.fixture.js'
import { ReferenceDevice } from './reference-device.js'

describe('ReferenceDevice', () => {
  it('reads any view of what was written, row-major, both ways', async () => {
    const device = new ReferenceDevice()
    const storage = device.allocate(24)
    device.write(storage, Float32Array.of(0, 1, 2, 3, 4, 5))
    const transposed = { shape: [3, 2], strides: [1, 3], offset: 0 }
    expect(device.readSync(storage, transposed, 'float32')).toEqual(Float32Array.of(0, 3, 1, 4, 2, 5))
    expect(await device.read(storage, transposed, 'float32')).toEqual(Float32Array.of(0, 3, 1, 4, 2, 5))
    const backwards = { shape: [2, 2], strides: [-2, 0], offset: 5 }
    expect(device.readSync(storage, backwards, 'float32')).toEqual(Float32Array.of(5, 5, 3, 3))
    expect(device.readSync(storage, { shape: [], strides: [], offset: 4 }, 'float32')).toEqual(Float32Array.of(4))
    expect(device.readSync(storage, { shape: [0, 3], strides: [3, 1], offset: 0 }, 'float32')).toHaveLength(0)
  })

  it('reads views longer than a block whose axes do not merge', () => {
    const device = new ReferenceDevice()
    const storage = device.allocate(4 * 60 * 70)
    device.write(
      storage,
      Int32Array.from({ length: 60 * 70 }, (_, at) => at),
    )
    const result = device.readSync(storage, { shape: [70, 60], strides: [1, 70], offset: 0 }, 'int32')
    expect([...result]).toEqual(coordinatesOf([70, 60]).map(([column = NaN, row = NaN]) => row * 70 + column))
  })

  it('gives copies, so later writes do not show in what was read', () => {
    const device = new ReferenceDevice()
    const storage = device.allocate(4)
    device.write(storage, Int32Array.of(1))
    const before = device.readSync(storage, { shape: [1], strides: [1], offset: 0 }, 'int32')
    device.write(storage, Int32Array.of(2))
    expect([...before]).toEqual([1])
  })

  it('writes part of a storage, from any part of a host buffer, but no more than fits', () => {
    const device = new ReferenceDevice()
    const storage = device.allocate(3)
    device.write(storage, Uint8Array.of(1, 1, 1))
    device.write(storage, Uint8Array.of(9, 7, 8, 9).subarray(1, 3))
    const view = { shape: [3], strides: [1], offset: 0 }
    expect([...device.readSync(storage, view, 'bool')]).toEqual([7, 8, 1])
    expect(() => device.write(storage, new Uint8Array(4))).toThrow(ArgumentError)
  })

  it('takes storages of size 0', () => {
    const device = new ReferenceDevice()
    const storage = device.allocate(0)
    device.write(storage, new Float32Array(0))
    expect(device.readSync(storage, { shape: [0], strides: [1], offset: 0 }, 'float32')).toHaveLength(0)
  })

  it('refuses freed storages, storages of another device, and calls after its end', () => {
    const device = new ReferenceDevice()
    const view = { shape: [1], strides: [1], offset: 0 }
    const freed = device.allocate(4)
    device.free(freed)
    expect(() => device.readSync(freed, view, 'float32')).toThrow(DisposedError)
    expect(() => device.readSync(new ReferenceDevice().allocate(4), view, 'float32')).toThrow(DeviceError)
    const kept = device.allocate(4)
    device.dispose()
    expect(() => device.allocate(4)).toThrow(DeviceError)
    expect(() => device.readSync(kept, view, 'float32')).toThrow(DeviceError)
  })

  it('refuses views and kernels that reach outside a storage', () => {
    const device = new ReferenceDevice()
    const storage = device.allocate(8)
    expect(() => device.readSync(storage, { shape: [3], strides: [1], offset: 0 }, 'float32')).toThrow(DeviceError)
    expect(() => device.readSync(storage, { shape: [2], strides: [-1], offset: 0 }, 'float32')).toThrow(
      'got a view of elements -1 … 0, expected it inside a storage of 2 elements',
    )
    const random: RandomKernel = {
      kind: 'random',
      structure: { distribution: 'uniform', dtype: 'float32' },
      size: 2,
      offset: 1,
    }
    expect(() => device.run(random, [], [storage], [0, 0])).toThrow(DeviceError)
  })

  it('names float16 as a dtype that it lacks, and a request that is too large', () => {
    const device = new ReferenceDevice()
    const view = { shape: [1], strides: [1], offset: 0 }
    expect(() => device.readSync(device.allocate(2), view, 'float16')).toThrow(DTypeError)
    expect(device.features.dtypes).not.toContain('float16')
    expect(() => device.allocate(2 ** 52)).toThrow(OutOfMemoryError)
  })
})
