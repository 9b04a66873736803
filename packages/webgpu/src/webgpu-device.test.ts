import { constant, type Kernel, input, type MapKernel, ReferenceDevice, scalarOps } from '@chainrule/tensor'
import { describe, expect, it, vi } from 'vitest'
import { openDevice } from './open-device.js'
import { requestDevice } from './request-device.js'
import { contents, download, floats, upload } from './testing/both-devices.js'
import { countedDevice } from './testing/counted-device.js'
import type { WebgpuDevice } from './webgpu-device.js'

const x = input(0, 'float32')
const structure = { inputs: ['float32'] as const, outputs: [scalarOps.add(x, constant(1, 'float32'))] }

/** Adds 1 to a vector. */
const increment = (length: number): MapKernel => {
  const line = { strides: [1], offset: 0 }
  return { kind: 'map', structure, spaces: [{ shape: [length], inputs: [line], outputs: [line] }] }
}

const incremented = async (device: WebgpuDevice, numbers: readonly number[]): Promise<number[]> => {
  const source = upload(device, contents('float32', numbers))
  const output = device.allocate(numbers.length * 4)
  device.run(increment(numbers.length), [source], [output], [])
  return [...(await download(device, output, 'float32', numbers.length))]
}

describe('a webgpu device', () => {
  it('tells what it computes with, and that reads are asynchronous', async () => {
    const device = await openDevice()
    expect(device.features.dtypes).toContain('float32')
    expect(device.features.dtypes).not.toContain('float64')
    expect(device.features.synchronous).toBe(false)
    expect('readSync' in device).toBe(false)
    expect(device.describe()).toMatchObject({ name: 'webgpu', software: expect.any(Boolean) as boolean })
    device.dispose()
  })

  it('works with the default limits of the specification and no optional feature', async () => {
    const { gpuDevice } = await requestDevice({ defaultsOnly: true })
    expect(gpuDevice.limits.maxStorageBufferBindingSize).toBe(134217728)
    const device = await openDevice({ gpuDevice })
    expect(await incremented(device, [1, 2, 3])).toEqual([2, 3, 4])
    device.dispose()
    gpuDevice.destroy()
  })

  it('gathers many kernels into one submit, and several reads into another', async () => {
    const { gpuDevice, during } = await countedDevice()
    const device = await openDevice({ gpuDevice })
    const a = upload(device, floats(100))
    const b = device.allocate(400)
    const counts = await during(async () => {
      for (let step = 0; step < 20; step++) device.run(increment(100), step % 2 ? [b] : [a], step % 2 ? [a] : [b], [])
      await Promise.all([download(device, a, 'float32', 100), download(device, b, 'float32', 100)])
    })
    expect(counts).toMatchObject({ submits: 1, dispatches: 20, pipelines: 1 })
    device.dispose()
  })

  it('submits by itself when many kernels wait', async () => {
    const { gpuDevice, during } = await countedDevice()
    const device = await openDevice({ gpuDevice })
    const storage = upload(device, floats(4))
    const counts = await during(() => {
      for (let step = 0; step < 1300; step++) device.run(increment(4), [storage], [storage], [])
    })
    expect(counts).toMatchObject({ submits: 2, dispatches: 1024, pipelines: 1, bindGroups: 1 })
    device.dispose()
  })

  it('reuses buffers, bind groups and pipelines: steps after the second make none', async () => {
    const { gpuDevice, during } = await countedDevice()
    const device = await openDevice({ gpuDevice })
    const step = async (): Promise<void> => {
      const source = upload(device, floats(1000))
      const output = device.allocate(4000)
      device.run(increment(1000), [source], [output], [])
      await download(device, output, 'float32', 1000)
      device.free(source)
      device.free(output)
    }
    await step()
    await step()
    const counts = await during(async () => {
      for (let count = 0; count < 5; count++) await step()
    })
    expect(counts).toEqual({ pipelines: 0, bindGroups: 0, buffers: 0, bufferBytes: 0, submits: 5, dispatches: 5 })
    device.dispose()
  })

  it('writes host data in the order of the commands around it', async () => {
    const device = await openDevice()
    const storage = upload(device, contents('float32', [1, 2, 3, 4]))
    const copies = [1, 2, 3].map(() => device.allocate(16))
    for (const [number, copy] of copies.entries()) {
      device.run(increment(4), [storage], [copy], [])
      device.write(storage, Float32Array.of(10 * number, 0, 0, 0))
    }
    const first = await Promise.all(copies.map(async (copy) => (await download(device, copy, 'float32', 1))[0]))
    expect(first).toEqual([2, 1, 11])
    device.dispose()
  })

  it('keeps the bytes that wait for reuse below its cap', async () => {
    const { gpuDevice } = await countedDevice()
    const device = await openDevice({ gpuDevice, poolBytes: 10000 })
    const storages = [1, 2, 3, 4, 5].map((size) => device.allocate(size * 1000))
    for (const storage of storages) device.free(storage)
    expect(device.dispatcher.pool.statistics.freeBytes).toBeLessThanOrEqual(10000)
    expect(await incremented(device, [1])).toEqual([2])
    device.dispose()
  })
})

describe('bad input', () => {
  it('refuses float64 and names what to use instead', async () => {
    const device = await openDevice()
    const kernel: Kernel = {
      kind: 'map',
      structure: { inputs: ['float64'], outputs: [input(0, 'float64')] },
      spaces: [],
    }
    expect(() => device.run(kernel, [], [], [])).toThrow(/float64 on webgpu.*'wasm' or 'reference'/)
    device.dispose()
  })

  it('refuses tensors that the device cannot hold, and says how large they may be', async () => {
    const device = await openDevice()
    expect(() => device.allocate(2 ** 45)).toThrow(/35184372088832 bytes, expected at most \d+/)
    device.dispose()
  })

  it('refuses storages of other devices', async () => {
    const [device, other] = [await openDevice(), await openDevice()]
    const mine = device.allocate(16)
    expect(() => device.run(increment(4), [other.allocate(16)], [mine], [])).toThrow(/another webgpu device/)
    expect(() => device.run(increment(4), [new ReferenceDevice().allocate(16)], [mine], [])).toThrow(
      /storage of reference/,
    )
    device.dispose()
    other.dispose()
  })

  it('refuses more bytes than a storage has', async () => {
    const device = await openDevice()
    expect(() => device.write(device.allocate(8), new Float32Array(3))).toThrow(/got 12 bytes, expected at most the 8/)
    device.dispose()
  })

  it('refuses what is no GPUDevice, and one that was destroyed', async () => {
    await expect(openDevice({ gpuDevice: 'gpu' })).rejects.toThrow(/expected a GPUDevice/)
    await expect(openDevice({ gpuDevice: {} })).rejects.toThrow(/expected a GPUDevice/)
    const { gpuDevice } = await requestDevice()
    gpuDevice.destroy()
    await expect(openDevice({ gpuDevice })).rejects.toThrow(/destroyed or lost/)
  })

  it('refuses a GPUDevice whose limits are below the defaults, and names the limit', async () => {
    const { gpuDevice } = await requestDevice({ defaultsOnly: true })
    const limits: Record<string, number> = {}
    for (const name in gpuDevice.limits) limits[name] = Number(gpuDevice.limits[name as 'maxBufferSize'])
    const low = new Proxy(gpuDevice, {
      get: (target, name) => {
        if (name === 'limits') return { ...limits, maxComputeInvocationsPerWorkgroup: 128 }
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    await expect(openDevice({ gpuDevice: low })).rejects.toThrow(
      /maxComputeInvocationsPerWorkgroup 128, expected at least 256.*feature level 'core'/,
    )
    gpuDevice.destroy()
  })

  it('says what to do where there is no adapter', async () => {
    vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.resolve(null) } })
    await expect(openDevice()).rejects.toThrow(/found no adapter.*npm package `webgpu`.*`wasm` and `reference`/)
    vi.unstubAllGlobals()
  })
})

describe('errors that WebGPU reports later', () => {
  it('of memory that ran out name what was to be allocated', async () => {
    class GPUOutOfMemoryError extends Error {}
    const { gpuDevice } = await requestDevice()
    const device = await openDevice({ gpuDevice })
    const pop = gpuDevice.popErrorScope.bind(gpuDevice)
    const create = gpuDevice.createBuffer.bind(gpuDevice)
    let failing = false
    gpuDevice.createBuffer = (descriptor) => {
      failing = descriptor.size >= 4096
      return create(descriptor)
    }
    gpuDevice.popErrorScope = async () => {
      const isFailure = failing
      failing = false
      const found = await pop()
      return isFailure ? new GPUOutOfMemoryError('no room') : found
    }
    const output = device.allocate(4096)
    device.run(increment(8), [upload(device, floats(8))], [output], [])
    await expect(download(device, output, 'float32', 8)).rejects.toThrow(
      /allocate 4096 bytes: the GPU ran out of memory \(no room\).*smaller batches/,
    )
    device.dispose()
  })

  it('reject the reads of what the failed work wrote, naming kernel and shapes', async () => {
    const { gpuDevice } = await requestDevice()
    const device = await openDevice({ gpuDevice })
    const source = upload(device, floats(8))
    const output = device.allocate(32)
    const untouched = upload(device, contents('float32', [5]))
    device.run(increment(8), [source], [output], [])
    // A buffer that somebody destroys behind the device's back makes the submit invalid.
    output.buffer.gpuBuffer.destroy()
    await expect(download(device, output, 'float32', 8)).rejects.toThrow(/map add \[8\]: WebGPU refused the work/)
    expect(() => device.run(increment(8), [output], [source], [])).toThrow(/map add \[8\]/)
    expect([...(await download(device, untouched, 'float32', 1))]).toEqual([5])
    device.dispose()
  })

  it('name the kernel whose shader is refused', async () => {
    const { gpuDevice } = await requestDevice()
    const device = await openDevice({ gpuDevice })
    const create = gpuDevice.createShaderModule.bind(gpuDevice)
    gpuDevice.createShaderModule = (descriptor) => create({ ...descriptor, code: `${descriptor.code}\nnonsense` })
    await expect(incremented(device, [1, 2, 3, 4, 5])).rejects.toThrow(/map add \[5\]: WebGPU refused.*nonsense/s)
    device.dispose()
  })
})

describe('a lost device', () => {
  it('rejects reads under way and later ones, tells onLost, and marks its storages', async () => {
    const { gpuDevice } = await requestDevice()
    const onLost = vi.fn()
    const device = await openDevice({ gpuDevice, onLost })
    const source = upload(device, floats(1000))
    const output = device.allocate(4000)
    device.run(increment(1000), [source], [output], [])
    const reads = [download(device, output, 'float32', 1000), download(device, source, 'float32', 10)]
    gpuDevice.destroy()
    const lost = /the GPU device was lost \(destroyed.*setDevice\('webgpu'\) again and load the parameters/
    for (const read of reads) await expect(read).rejects.toThrow(lost)
    await gpuDevice.lost
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledTimes(1))
    expect(output.poison).toMatch(lost)
    expect(() => device.run(increment(1000), [source], [output], [])).toThrow(lost)
    expect(() => device.allocate(4)).toThrow(lost)
    await expect(download(device, output, 'float32', 1)).rejects.toThrow(lost)
    device.free(output)
  })

  it('in the middle of a step leaves nothing hanging', async () => {
    const { gpuDevice } = await requestDevice()
    const device = await openDevice({ gpuDevice })
    const storage = upload(device, floats(100))
    for (let step = 0; step < 5; step++) device.run(increment(100), [storage], [storage], [])
    gpuDevice.destroy()
    for (let step = 0; step < 5; step++) device.run(increment(100), [storage], [storage], [])
    await expect(download(device, storage, 'float32', 100)).rejects.toThrow(/lost/)
  })

  it('can be replaced by a new one', async () => {
    const { gpuDevice } = await requestDevice()
    const lost = await openDevice({ gpuDevice })
    gpuDevice.destroy()
    await gpuDevice.lost
    await expect(incremented(lost, [1])).rejects.toThrow(/lost/)
    const device = await openDevice()
    expect(await incremented(device, [1])).toEqual([2])
    device.dispose()
  })

  it('that was disposed says so, and does not destroy a device that is the caller’s', async () => {
    const { gpuDevice } = await requestDevice()
    const onLost = vi.fn()
    const device = await openDevice({ gpuDevice, onLost })
    const storage = upload(device, floats(4))
    const read = download(device, storage, 'float32', 4)
    device.dispose()
    await expect(read).rejects.toThrow(/after dispose/)
    expect(() => device.allocate(4)).toThrow(/after dispose/)
    const again = await openDevice({ gpuDevice })
    expect(await incremented(again, [3])).toEqual([4])
    expect(onLost).not.toHaveBeenCalled()
    again.dispose()
  })
})
