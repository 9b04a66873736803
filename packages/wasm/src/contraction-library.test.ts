import type { ConvolutionKernel, Program } from '@chainrule/tensor'
import { squareProduct } from '@chainrule/tensor/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ContractionLibrary } from './contraction-library.js'
import { scriptLibrary } from './testing/script-library.js'
import { WasmDevice } from './wasm-device.js'

const size = 64
const elements = 2 ** 20
const product = squareProduct(size)

/** A copy that threads share, of the first operand to the second, then the square of the copy. */
const program: Program = {
  steps: [
    {
      kernel: {
        kind: 'copy',
        structure: { dtype: 'float32', accumulate: false },
        pieces: [
          {
            input: 0,
            shape: [elements],
            source: { strides: [1], offset: 0 },
            target: { strides: [1], offset: 0 },
          },
        ],
      },
      inputs: [0],
      outputs: [1],
      cells: [],
    },
    { kernel: product, inputs: [1, 1], outputs: [2], cells: [] },
  ],
  operands: [
    { kind: 'binding', binding: 0 },
    { kind: 'arena', byteOffset: 0, byteLength: 4 * elements },
    { kind: 'binding', binding: 1 },
  ],
  arenaBytes: 4 * elements,
  bindings: 2,
  cells: 0,
}

let device: WasmDevice | undefined
const start = (threads: number, blas: ContractionLibrary): WasmDevice => (device = new WasmDevice({ threads, blas }))

afterEach(() => {
  device?.dispose()
  device = undefined
})

describe('a native library under the device', () => {
  it.each([
    ['every thread', true],
    ['the main thread alone', false],
  ])('is called by %s in programs that threads share', async (_, isConcurrent) => {
    const started = start(2, scriptLibrary({ isConcurrent }))
    const [input, output] = [started.allocate(4 * elements), started.allocate(4 * size * size)]
    const replay = started.prepare(program)
    for (let run = 1; run <= 40; run++) {
      started.write(input, new Float32Array(elements).fill(run))
      // From the second run on the worker is up; a call in the wrong thread would be its end.
      replay.run([input, output], [])
      const [first, last] = started.readSync(output, { shape: [2], strides: [size * size - 1], offset: 0 }, 'float32')
      expect([first, last]).toEqual([size * run * run, size * run * run])
      if (run === 1) await vi.waitFor(() => expect(started.describe()['workersUp']).toBe(1), { timeout: 30_000 })
    }
    expect(started.describe()).toMatchObject({ workersUp: 1, blas: 'script', blasCalls: 40 })
    expect(started.describe()['slower']).not.toMatch(/lost/)
    replay.dispose()
  })

  it('is called as often as the device says', () => {
    const script = scriptLibrary()
    const counter = { calls: 0 }
    const source = `
      const counted = (product) => (...words) => {
        settings.calls++
        product(...words)
      }
      const { sgemm, dgemm } = (() => { ${script.source} })()
      return { sgemm: counted(sgemm), dgemm: counted(dgemm) }`
    const started = start(1, { ...script, source, settings: counter })
    const convolutions = (['forward', 'inputGradient', 'weightGradient'] as const).map(
      (direction): ConvolutionKernel => ({
        kind: 'convolution',
        structure: { direction, dtype: 'float32' },
        batch: 5,
        inputChannels: 6,
        outputChannels: 8,
        groups: 2,
        window: {
          input: [30, 30],
          kernel: [3, 3],
          output: [15, 15],
          stride: [2, 2],
          padding: [1, 1],
          dilation: [1, 1],
        },
        offsets: { inputs: [0, 0], output: 0 },
        epilogueInputs: [],
      }),
    )
    const storage = started.allocate(2 ** 20)
    const output = started.allocate(2 ** 20)
    for (const kernel of [product, ...convolutions]) {
      const before = counter.calls
      started.run(kernel, [storage, storage], [output], [])
      expect(counter.calls).toBeGreaterThan(before)
      expect(started.describe()).toMatchObject({ blasCalls: counter.calls })
    }
  })

  it('takes the depth of large convolutions in several calls', () => {
    const kernel: ConvolutionKernel = {
      kind: 'convolution',
      structure: { direction: 'inputGradient', dtype: 'float32' },
      batch: 2,
      inputChannels: 8,
      outputChannels: 256,
      groups: 1,
      window: {
        input: [14, 14],
        kernel: [5, 5],
        output: [14, 14],
        stride: [1, 1],
        padding: [2, 2],
        dilation: [1, 1],
      },
      offsets: { inputs: [0, 0], output: 0 },
      epilogueInputs: [],
    }
    const [weights, gradients, results] = [256 * 8 * 25, 2 * 256 * 14 * 14, 2 * 8 * 14 * 14]
    const run = (blas?: ContractionLibrary) => {
      const device = blas === undefined ? new WasmDevice({ threads: 1 }) : start(1, blas)
      const [gradient, weight, output] = [gradients, weights, results].map((length) => device.allocate(4 * length))
      if (gradient === undefined || weight === undefined || output === undefined) throw new Error('three storages')
      // Small whole numbers, whose sums are exact in any order.
      const numbers = (length: number, seed: number): Float32Array =>
        Float32Array.from({ length }, (_, at) => (Math.imul(at + seed, 0x9e3779b1) >>> 28) - 8)
      device.write(gradient, numbers(gradients, 1))
      device.write(weight, numbers(weights, 5000))
      device.run(kernel, [gradient, weight], [output], [])
      const found = device.readSync(output, { shape: [results], strides: [1], offset: 0 }, 'float32')
      const calls = device.describe()['blasCalls']
      device.dispose()
      return { found, calls }
    }
    const [onLibrary, alone] = [run(scriptLibrary()), run()]
    // Four areas of a sample, of four rows each: bands of 8 × 14 places for 1280 pairs are 0.57 MB, more than half a megabyte, so
    // each of the five rows of taps takes two calls.
    expect(onLibrary.calls).toBe(2 * 4 * 5 * 2)
    expect(onLibrary.found).toEqual(alone.found)
    expect(new Set(alone.found).size).toBeGreaterThan(100)
  })

  it('is found again by a memory that moved', () => {
    const started = start(1, scriptLibrary())
    const [input, output] = [started.allocate(4 * size * size), started.allocate(4 * size * size)]
    started.write(input, new Float32Array(size * size).fill(2))
    started.run(product, [input, input], [output], [])
    started.allocate(2 ** 28)
    started.run(product, [input, input], [output], [])
    expect(started.readSync(output, { shape: [1], strides: [1], offset: 0 }, 'float32')[0]).toBe(4 * size)
  })
})
