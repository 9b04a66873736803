import { afterEach, describe, expect, it, vi } from 'vitest'
import { expectedOfProbe, runProbe } from './testing/launch-probe.js'
import { workersUp } from './testing/workers-up.js'
import { WasmDevice, type WasmDeviceOptions } from './wasm-device.js'

const devices: WasmDevice[] = []
const start = (options: WasmDeviceOptions): WasmDevice => {
  const device = new WasmDevice(options)
  devices.push(device)
  return device
}
afterEach(() => {
  for (const device of devices.splice(0)) device.dispose()
})

const allUp = async (device: WasmDevice): Promise<void> => {
  expect(await workersUp(device)).toBe(device.threads - 1)
}

describe('Launcher', () => {
  it('runs the first kernel before any worker is up', () => {
    expect(runProbe(start({ threads: 3 }), 100)).toEqual(expectedOfProbe(100))
  })

  it.each([1, 2, 3])('ends every chunk of a phase before the next begins, with %i threads', async (threads) => {
    const device = start({ threads })
    await allUp(device)
    for (let repeat = 0; repeat < 200; repeat++)
      expect(runProbe(device, 1 + (repeat % 50))).toEqual(expectedOfProbe(1 + (repeat % 50)))
  })

  it('works again after its workers have gone to sleep', async () => {
    const device = start({ threads: 2 })
    await allUp(device)
    for (let repeat = 0; repeat < 3; repeat++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(runProbe(device, 64)).toEqual(expectedOfProbe(64))
    }
  })

  it('compiles a structure once, whatever the size', () => {
    const device = start({ threads: 1 })
    runProbe(device, 3)
    const compiled = device.compiledModules
    for (const size of [1, 17, 400]) runProbe(device, size)
    expect(device.compiledModules).toBe(compiled)
  })

  it('reports a trap on the calling thread and goes on', async () => {
    const device = start({ threads: 2 })
    await allUp(device)
    expect(() => runProbe(device, 100, 1)).toThrow()
    expect(runProbe(device, 100)).toEqual(expectedOfProbe(100))
  })

  it('fails the step in which a worker fails, and then works with one thread', async () => {
    const device = start({ threads: 2 })
    await allUp(device)
    expect(() => runProbe(device, 100, 2)).toThrow(/worker thread 1 failed \(RuntimeError: unreachable\)/)
    expect(runProbe(device, 100)).toEqual(expectedOfProbe(100))
    expect(device.describe()).toMatchObject({ workersUp: 0 })
    expect(device.describe()['slower']).toMatch(/worker thread 1 failed/)
  })

  it('fails the step in which a worker dies without a word', async () => {
    const device = start({ threads: 2, stallMilliseconds: 300 })
    await allUp(device)
    expect(() => runProbe(device, 100, 3)).toThrow(/no progress for \d+ ms: a worker thread seems to have died/)
    expect(runProbe(device, 100)).toEqual(expectedOfProbe(100))
  })

  it('goes on when a worker ends between steps', async () => {
    const device = start({ threads: 2 })
    await allUp(device)
    await device.launcher.pool?.workers[0]?.terminate()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(runProbe(device, 100)).toEqual(expectedOfProbe(100))
    expect(device.describe()['slower']).toMatch(/lost/)
  })

  it('notices a worker that ended without anybody telling, and goes on', async () => {
    const device = start({ threads: 3, stallMilliseconds: 50 })
    await allUp(device)
    void device.launcher.pool?.workers[0]?.terminate()
    // Node.js tells of the end only when this thread returns to its event loop.
    const until = performance.now() + 5000
    while (device.describe()['workersUp'] === 2 && performance.now() < until) {
      expect(runProbe(device, 100)).toEqual(expectedOfProbe(100))
    }
    expect(device.describe()).toMatchObject({ workersUp: 1 })
    expect(device.describe()['slower']).toMatch(/a worker thread was lost \(1 gives no sign of life/)
    await vi.waitFor(() => expect(device.launcher.pool?.workers).toHaveLength(1))
    expect(device.describe()).toMatchObject({ workersUp: 1 })
    expect(runProbe(device, 100)).toEqual(expectedOfProbe(100))
  })

  it('counts no worker that ended before it was up', async () => {
    const device = start({ threads: 3 })
    for (const worker of device.launcher.startPool()?.workers ?? []) void worker.terminate()
    await vi.waitFor(() => expect(device.launcher.pool?.workers).toEqual([]))
    expect(device.describe()).toMatchObject({ workersUp: 0 })
    expect(device.describe()['slower']).toMatch(/lost/)
    expect(runProbe(device, 100)).toEqual(expectedOfProbe(100))
  })
})
