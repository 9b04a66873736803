import { block, br, br_if, f64, func, i32, if_, local, loop, unreachable } from 'wasmati'
import { afterEach, describe, expect, it } from 'vitest'
import type { KernelCode, KernelPlan } from './kernel-code.js'
import { kernelModule } from './kernel-module.js'
import { WasmDevice, type WasmDeviceOptions } from './wasm-device.js'

/** What the probe does besides: nothing, trap anywhere, or trap or hang on any thread but the calling one. */
type Mode = 0 | 1 | 2 | 3

/**
 * Phase 0 writes i² to element i of the output; phase 1 copies element (i + 1) mod n to element i of a second output, which
 * is right only when every chunk of phase 0 has ended.
 */
const probeCode: KernelCode = {
  key: 'test:probe',
  build: (features) =>
    kernelModule(features, {
      run: func(
        { in: [i32, i32, i32, i32, i32], locals: [i32], out: [] },
        ([parameters, scratch, phase, first, last], [neighbour]) => {
          const when = (mode: Mode, body: () => void): void => {
            i32.load({ offset: 12 }, parameters)
            i32.const(mode)
            i32.eq()
            if_(null, body)
          }
          const unlessCalling = (body: () => void): void => {
            i32.ne(scratch, i32.load({ offset: 16 }, parameters))
            if_(null, body, () => {
              // Long enough that a worker gets its share.
              local.set(neighbour, 100_000)
              loop(null, (again) => {
                local.set(neighbour, i32.sub(neighbour, 1))
                local.get(neighbour)
                br_if(again)
              })
            })
          }
          when(1, () => {
            unreachable()
          })
          when(2, () => {
            unlessCalling(() => {
              unreachable()
            })
          })
          when(3, () => {
            unlessCalling(() => {
              loop(null, (forever) => {
                br(forever)
              })
            })
          })
          block(null, (end) => {
            loop(null, (next) => {
              i32.ge_s(first, last)
              br_if(end)
              i32.eqz(phase)
              if_(
                null,
                () => {
                  i32.add(i32.load({ offset: 0 }, parameters), i32.mul(first, 8))
                  f64.convert_i32_s(i32.mul(first, first))
                  f64.store({})
                },
                () => {
                  i32.rem_s(i32.add(first, 1), i32.load({ offset: 8 }, parameters))
                  local.set(neighbour)
                  i32.add(i32.load({ offset: 4 }, parameters), i32.mul(first, 8))
                  i32.add(i32.load({ offset: 0 }, parameters), i32.mul(neighbour, 8))
                  f64.load({})
                  f64.store({})
                },
              )
              local.set(first, i32.add(first, 1))
              br(next)
            })
          })
        },
      ),
    }),
}

const probePlan = (size: number, mode: Mode, callingScratch: number): KernelPlan => ({
  code: probeCode,
  parameters: new Uint8Array(Int32Array.of(0, 0, size, mode, callingScratch, 0).buffer),
  cellsAt: 24,
  cellCount: 0,
  phases: [size, size],
  scratchBytes: 64,
  sharedScratchBytes: 0,
  sharedScratchAt: 0,
})

const devices: WasmDevice[] = []
const start = (options: WasmDeviceOptions): WasmDevice => {
  const device = new WasmDevice(options)
  devices.push(device)
  return device
}
afterEach(() => {
  for (const device of devices.splice(0)) device.dispose()
})

const runProbe = (device: WasmDevice, size: number, mode: Mode = 0): Float64Array => {
  const squares = device.allocate(8 * size)
  const shifted = device.allocate(8 * size)
  try {
    device.launcher.launch(
      probePlan(size, mode, device.launcher.scratch.ownAddress),
      [squares.address, shifted.address],
      [],
    )
    return device.readSync(shifted, { shape: [size], strides: [1], offset: 0 }, 'float64') as Float64Array
  } finally {
    device.free(squares)
    device.free(shifted)
  }
}

const expected = (size: number): Float64Array => Float64Array.from({ length: size }, (_, i) => ((i + 1) % size) ** 2)

/** Workers come up on their own; tests that are about them wait for that, the device never does. */
const workersUp = async (device: WasmDevice): Promise<void> => {
  runProbe(device, 2)
  for (let wait = 0; wait < 500 && device.describe()['workersUp'] !== device.threads - 1; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(device.describe()['workersUp']).toBe(device.threads - 1)
}

describe('Launcher', () => {
  it('runs the first kernel before any worker is up', () => {
    expect(runProbe(start({ threads: 3 }), 100)).toEqual(expected(100))
  })

  it.each([1, 2, 3])('ends every chunk of a phase before the next begins, with %i threads', async (threads) => {
    const device = start({ threads })
    await workersUp(device)
    for (let repeat = 0; repeat < 200; repeat++)
      expect(runProbe(device, 1 + (repeat % 50))).toEqual(expected(1 + (repeat % 50)))
  })

  it('works again after its workers have gone to sleep', async () => {
    const device = start({ threads: 2 })
    await workersUp(device)
    for (let repeat = 0; repeat < 3; repeat++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(runProbe(device, 64)).toEqual(expected(64))
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
    await workersUp(device)
    expect(() => runProbe(device, 100, 1)).toThrow()
    expect(runProbe(device, 100)).toEqual(expected(100))
  })

  it('fails the step in which a worker fails, and then works with one thread', async () => {
    const device = start({ threads: 2 })
    await workersUp(device)
    expect(() => runProbe(device, 100, 2)).toThrow(/worker thread 1 failed \(RuntimeError: unreachable\)/)
    expect(runProbe(device, 100)).toEqual(expected(100))
    expect(device.describe()).toMatchObject({ workersUp: 0 })
    expect(device.describe()['slower']).toMatch(/worker thread 1 failed/)
  })

  it('fails the step in which a worker dies without a word', async () => {
    const device = start({ threads: 2, stallMilliseconds: 300 })
    await workersUp(device)
    expect(() => runProbe(device, 100, 3)).toThrow(/no progress for \d+ ms: a worker thread seems to have died/)
    expect(runProbe(device, 100)).toEqual(expected(100))
  })

  it('goes on when a worker ends between steps', async () => {
    const device = start({ threads: 2 })
    await workersUp(device)
    await device.launcher.pool?.workers[0]?.terminate()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(runProbe(device, 100)).toEqual(expected(100))
    expect(device.describe()['slower']).toMatch(/lost/)
  })
})
