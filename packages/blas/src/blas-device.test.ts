import { compile } from '@chainrule/compiler'
import { currentDevice, type Device, matmul, randn, scope, setDevice, Tensor, tensor } from '@chainrule/tensor'
import { opSamples, runSample, runSamples, squareProduct } from '@chainrule/tensor/testing'
import { WasmDevice } from '@chainrule/wasm'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import './register.js'
import { machineLibrary, pretendToFind, whyNoMachineLibrary } from './testing/machine-library.js'

/** Thousands of samples: seconds on a busy machine. */
const patience = 120_000

const whyNot = whyNoMachineLibrary()
if (whyNot !== undefined) console.log(`skipped: the tests of a native library; ${whyNot}`)

const calls = (): number => Number(currentDevice().describe()['blasCalls'] ?? 0)

/** Waits for the one worker of a device with two threads, which loads the library too. */
const isUp = (device: Device): Promise<void> =>
  vi.waitFor(() => expect(device.describe()['workersUp']).toBe(1), { timeout: 30_000 })

/** Samples that matrix products or convolutions are part of. */
const contractions = opSamples.filter(({ name }) =>
  /matmul|dot|einsum|outer|linear|conv|attention|embedding/i.test(name),
)

afterAll(async () => {
  await setDevice('reference')
})

describe.skipIf(whyNot !== undefined)('the wasm device on the library of this machine', () => {
  beforeEach(() => {
    pretendToFind(machineLibrary(() => true))
  })

  it(
    'gives what the reference device gives for every op sample, whatever its size',
    async () => {
      await setDevice('wasm', { threads: 1 })
      const counts = await runSamples('wasm')
      console.log(`wasm on ${machineLibrary().name}: ${counts.samples} samples, ${calls()} calls of the library`)
      expect(counts.leftOut).toEqual([])
      expect(calls()).toBeGreaterThan(contractions.length)
    },
    patience,
  )

  it(
    'gives the same bits with 1, 2 and 3 threads',
    async () => {
      const runs: (readonly unknown[])[] = []
      for (const threads of [1, 2, 3]) {
        await setDevice('wasm', { threads })
        const samples = []
        for (const sample of contractions) samples.push((await runSample(sample, 'wasm')).map(({ data }) => data))
        // Shared work: workers come up while the first products run.
        for (let repeat = 0; repeat < 3; repeat++) {
          const x = tensor(Float32Array.from({ length: 300 * 400 }, (_, at) => ((at * 7919) % 1009) / 500 - 1))
          const [left, right] = [x.reshape([300, 400]), x.reshape([400, 300])]
          samples.push([left.matmul(right).dataSync(), left.matmul(right).tanh().dataSync()])
          await new Promise((resolve) => setTimeout(resolve, 60))
        }
        runs.push(samples)
      }
      expect(runs[0]?.slice(-2)[0]).toEqual(runs[0]?.slice(-1)[0])
      expect(runs[1]).toEqual(runs[0])
      expect(runs[2]).toEqual(runs[0])
    },
    patience,
  )

  it('calls the library from workers too', async () => {
    const device = new WasmDevice({ threads: 2, blas: machineLibrary() })
    const size = 512
    const kernel = squareProduct(size)
    const [a, b, c] = [0, 1, 2].map(() => device.allocate(4 * size * size))
    if (a === undefined || b === undefined || c === undefined) throw new Error('three storages')
    device.write(a, new Float32Array(size * size).fill(0.5))
    device.write(b, new Float32Array(size * size).fill(2))
    device.run(kernel, [a, b], [c], [])
    await isUp(device)
    for (let repeat = 0; repeat < 20; repeat++) device.run(kernel, [a, b], [c], [])
    expect(device.describe()['slower']).not.toMatch(/lost/)
    expect(device.readSync(c, { shape: [size], strides: [size + 1], offset: 0 }, 'float32')).toEqual(
      new Float32Array(size).fill(size),
    )
    device.dispose()
  })

  it('is called by the main thread alone where it says so, with the same results', async () => {
    const once = { ...machineLibrary(() => true), isConcurrent: false }
    pretendToFind(once)
    await setDevice('wasm', { threads: 2 })
    for (let repeat = 0; repeat < 3; repeat++) {
      const [ones, halves] = [tensor(1).broadcastTo([256, 256]).mul(1), tensor(0.5).broadcastTo([256, 256]).mul(1)]
      const product = ones.matmul(halves)
      // A kernel that workers share, so that one is up by the next turn.
      expect((await product.add(1).tanh().sum().data())[0]).toBe(256 * 256)
      expect(new Set(product.dataSync())).toEqual(new Set([128]))
      await isUp(currentDevice())
    }
  })

  it('propagates NaN and infinities, also past zeros, and reads nothing of the result before', async () => {
    await setDevice('wasm', { threads: 1 })
    for (const size of [8, 45, 128]) {
      const a = new Float32Array(size * size)
      const b = new Float32Array(size * size).fill(1)
      b[3] = NaN
      b[size + 4] = Infinity
      // Memory that the results will get: full of NaN.
      tensor(new Float32Array(size * size).fill(NaN)).dispose()
      const zeros = matmul(tensor(a, { shape: [size, size] }), tensor(b, { shape: [size, size] })).dataSync()
      zeros.forEach((value, at) => {
        expect(value).toBe(at % size === 3 || at % size === 4 ? NaN : 0)
      })
      const empty = matmul(
        tensor(new Float32Array(0), { shape: [size, 0] }),
        tensor(new Float32Array(0), { shape: [0, size] }),
      )
      expect(new Set(empty.dataSync())).toEqual(new Set([0]))
    }
  })

  it('runs compiled programs, whose explanation names it', async () => {
    pretendToFind(machineLibrary())
    await setDevice('wasm', { threads: 2 })
    const [x, w] = [randn([128, 256]), randn([256, 200])]
    const layer = compile((input: Tensor) => input.matmul(w).relu())
    const expected = x.matmul(w).relu().dataSync()
    const before = calls()
    expect(layer(x).dataSync()).toEqual(expected)
    expect(calls()).toBeGreaterThan(before)
    expect(await layer.explain()).toContain(`matmul on ${machineLibrary().name}`)
  })

  it('takes a path, any library or none', async () => {
    const path = String(machineLibrary().describe()['blasPath'])
    await setDevice('wasm', { threads: 1, blas: path })
    expect(currentDevice().describe()).toMatchObject({ blas: machineLibrary().name, blasCalls: 0 })
    scope(() => {
      const x = randn([128, 128])
      expect(x.matmul(x)).toBeInstanceOf(Tensor)
    })
    expect(calls()).toBeGreaterThan(0)
    await setDevice('wasm', { threads: 1, blas: 'auto' })
    expect(currentDevice().describe()).toMatchObject({ blas: machineLibrary().name })
    await setDevice('wasm', { threads: 1, blas: false })
    expect(currentDevice().describe()).toMatchObject({ blas: 'none: not wanted' })
  })
})

describe('the choice of a library', () => {
  it('is an error where a path leads nowhere, and never otherwise', async () => {
    await expect(setDevice('wasm', { blas: '/missing' })).rejects.toThrow(
      /^setDevice: got blas '\/missing', expected a BLAS for/,
    )
    await expect(setDevice('wasm', { blas: '' })).rejects.toThrow(/expected 'auto', false or the path/)
    await setDevice('wasm', { blas: 'auto' })
  })
})
