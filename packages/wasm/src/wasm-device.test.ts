import { ArgumentError, DeviceError, DisposedError, OutOfMemoryError } from '@chainrule/tensor'
import { describe, expect, it, vi } from 'vitest'
import { WasmDevice } from './wasm-device.js'

const dense = (length: number) => ({ shape: [length], strides: [1], offset: 0 })

describe('WasmDevice', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1000])('refuses %d threads', (threads) => {
    expect(() => new WasmDevice({ threads })).toThrow(ArgumentError)
  })

  it('refuses a memory limit that is too small to work with', () => {
    expect(() => new WasmDevice({ threads: 1, memoryLimit: 4096 })).toThrow(/memory limit of 4096 bytes/)
  })

  it('goes on after a request beyond its memory limit, which names what is live', () => {
    const device = new WasmDevice({ threads: 1, memoryLimit: 4 * 2 ** 20 })
    const kept = device.allocate(2 ** 20)
    device.write(kept, Float32Array.of(1, 2))
    expect(() => device.allocate(8 * 2 ** 20)).toThrow(OutOfMemoryError)
    expect(() => device.allocate(8 * 2 ** 20)).toThrow(
      /request of 8\.0 MiB with 1\.0 MiB live.*1 × 1\.0 MiB \(tensor\)/,
    )
    expect(device.readSync(kept, dense(2), 'float32')).toEqual(Float32Array.of(1, 2))
    expect(device.allocate(2 ** 20).byteLength).toBe(2 ** 20)
  })

  it('works with one thread where there is no SharedArrayBuffer, and says so', () => {
    vi.stubGlobal('SharedArrayBuffer', undefined)
    try {
      const device = new WasmDevice({ threads: 2 })
      expect(device.describe()).toMatchObject({ threads: 1 })
      expect(device.describe()['slower']).toMatch(/one thread: SharedArrayBuffer is missing/)
      const storage = device.allocate(8)
      device.write(storage, Float32Array.of(1, 2))
      expect(device.readSync(storage, dense(2), 'float32')).toEqual(Float32Array.of(1, 2))
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('reads what was written, in every dtype', async () => {
    const device = new WasmDevice({ threads: 1 })
    for (const [dtype, data] of [
      ['float32', Float32Array.of(1.5, -2, Number.NaN)],
      ['float64', Float64Array.of(Math.PI, -0)],
      ['int32', Int32Array.of(-5, 2 ** 31 - 1)],
      ['bool', Uint8Array.of(1, 0, 1)],
    ] as const) {
      const storage = device.allocate(data.byteLength)
      device.write(storage, data)
      expect(await device.read(storage, dense(data.length), dtype)).toEqual(data)
    }
  })

  it('reads strided views row-major', () => {
    const device = new WasmDevice({ threads: 1 })
    const storage = device.allocate(24)
    device.write(storage, Float32Array.of(0, 1, 2, 3, 4, 5))
    expect(device.readSync(storage, { shape: [3, 2], strides: [1, 3], offset: 0 }, 'float32')).toEqual(
      Float32Array.of(0, 3, 1, 4, 2, 5),
    )
    expect(device.readSync(storage, { shape: [2, 2], strides: [0, -1], offset: 5 }, 'float32')).toEqual(
      Float32Array.of(5, 4, 5, 4),
    )
    expect(device.readSync(storage, { shape: [], strides: [], offset: 2 }, 'float32')).toEqual(Float32Array.of(2))
    expect(device.readSync(storage, { shape: [0, 3], strides: [3, 1], offset: 0 }, 'float32')).toHaveLength(0)
  })

  it('refuses storages that were freed, that another device owns, and everything once disposed', () => {
    const device = new WasmDevice({ threads: 1 })
    const other = new WasmDevice({ threads: 1 })
    const storage = device.allocate(8)
    expect(() => other.readSync(storage, dense(2), 'float32')).toThrow(DeviceError)
    device.free(storage)
    expect(() => device.readSync(storage, dense(2), 'float32')).toThrow(DisposedError)
    device.dispose()
    expect(() => device.allocate(8)).toThrow(DisposedError)
  })

  it('says why it is slower than it could be', () => {
    const device = new WasmDevice({ threads: 2, features: { relaxedSimd: false, threads: false } })
    expect(device.describe()).toMatchObject({ threads: 1, relaxedSimd: false })
    expect(device.describe()['slower']).toMatch(/no relaxed SIMD.*one thread: threads were not asked for/)
  })
})
