import { describe, expect, it, vi } from 'vitest'
import { squareProduct } from '@chainrule/tensor/testing'
import { capabilitiesOf } from './capabilities.js'
import { tiles } from './kernels/tiles.js'
import { requestDevice } from './request-device.js'
import { download, floats, upload } from './testing/both-devices.js'
import { Tuner } from './tuner.js'
import { WebgpuDevice } from './webgpu-device.js'

const sizes = { batch: 1, rows: 512, columns: 512, inner: 512 }

describe('a tuner', () => {
  it('asks for a measurement of large products once, and remembers the fastest by adapter', () => {
    const tuner = new Tuner('adapter A', true)
    const asked = vi.fn()
    expect(tuner.chosen('matmul', { ...sizes, rows: 8 }, asked)).toBeUndefined()
    expect(asked).not.toHaveBeenCalled()
    expect(tuner.chosen('matmul', sizes, asked)).toBeUndefined()
    expect(asked).toHaveBeenCalledTimes(1)
    const request = asked.mock.calls[0]?.[0] as { key: string }
    tuner.begin(request)
    tuner.chosen('matmul', sizes, asked)
    expect(asked).toHaveBeenCalledTimes(1)
    const [first, second] = tiles
    if (!first || !second) throw new RangeError('there are no tiles')
    tuner.finish(
      request,
      new Map([
        [first, 3],
        [second, 2],
      ]),
    )
    expect(tuner.version).toBe(1)
    expect(tuner.chosen('matmul', { ...sizes, rows: 500 })).toBe(second)
    expect(new Tuner('adapter A', true).chosen('matmul', sizes)).toBe(second)
    expect(new Tuner('adapter B', true).chosen('matmul', sizes)).toBeUndefined()
  })

  it('asks for nothing where it is switched off', () => {
    const asked = vi.fn()
    new Tuner('adapter C', false).chosen('matmul', sizes, asked)
    expect(asked).not.toHaveBeenCalled()
  })

  it('measures on the operands of a product without changing its result', async () => {
    const { gpuDevice, info } = await requestDevice()
    const capabilities = capabilitiesOf(gpuDevice, 0)
    const opened = { gpuDevice, capabilities, info, isForeign: false }
    const device = new WebgpuDevice(opened, { tune: true })
    const size = 256
    const kernel = squareProduct(size)
    const [a, b] = [upload(device, floats(size * size)), upload(device, floats(size * size, 5))]
    const output = device.allocate(size * size * 4)
    device.run(kernel, [a, b], [output], [])
    const before = await download(device, output, 'float32', size * size)
    await vi.waitFor(() => expect(device.describe()['tunedProducts']).toBe(1), { timeout: 60_000, interval: 200 })
    device.run(kernel, [a, b], [output], [])
    expect(await download(device, output, 'float32', size * size)).toEqual(before)
    device.dispose()
  })
})
