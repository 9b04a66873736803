import { type Kernel, scalarOps, stage, input, ReferenceDevice, type Storage } from '@chainrule/tensor'
import { squareProduct } from '@chainrule/tensor/testing'
import { describe, expect, it } from 'vitest'
import { sampleArray } from './testing/samples.js'
import { WasmDevice } from './wasm-device.js'

const along = (...strides: number[]) => ({ strides, offset: 0 })
const { add, mul } = scalarOps

const size = 40
const kernels: Readonly<Record<string, { readonly kernel: Kernel; readonly inputs: number }>> = {
  map: {
    inputs: 2,
    kernel: {
      kind: 'map',
      structure: {
        inputs: ['float32', 'float32'],
        outputs: [add(mul(input(0, 'float32'), input(1, 'float32')), input(0, 'float32'))],
      },
      spaces: [{ shape: [size, size], inputs: [along(size, 1), along(1, size)], outputs: [along(size, 1)] }],
    },
  },
  row: {
    inputs: 1,
    kernel: {
      kind: 'row',
      structure: {
        inputs: ['float32'],
        stages: [{ reduction: 'sum', expression: input(0, 'float32') }],
        outputs: [{ per: 'row', expression: stage(0, 'float32') }],
      },
      spaces: [{ shape: [size, size], kept: 1, inputs: [along(size, 1)], outputs: [along(1)] }],
    },
  },
  matmul: {
    inputs: 2,
    kernel: { ...squareProduct(size), b: along(1, size) },
  },
  'skinny matmul': {
    inputs: 2,
    kernel: {
      kind: 'matmul',
      structure: { dtype: 'float32' },
      batch: [],
      rows: 2,
      columns: size,
      inner: size,
      a: along(size, 1),
      b: along(size, 1),
      output: along(size, 1),
      epilogueInputs: [],
    },
  },
  convolution: {
    inputs: 2,
    kernel: {
      kind: 'convolution',
      structure: { direction: 'forward', dtype: 'float32' },
      batch: 1,
      inputChannels: 4,
      outputChannels: 4,
      groups: 1,
      window: { input: [20, 20], kernel: [3, 3], output: [20, 20], stride: [1, 1], padding: [1, 1], dilation: [1, 1] },
      offsets: { inputs: [0, 0], output: 0 },
      epilogueInputs: [],
    },
  },
  pool: {
    inputs: 1,
    kernel: {
      kind: 'pool',
      structure: { operation: 'average', dtype: 'float32' },
      planes: 1,
      window: { input: [40, 40], kernel: [2, 2], output: [20, 20], stride: [2, 2], padding: [0, 0], dilation: [1, 1] },
      countIncludePad: true,
      offsets: { inputs: [0], outputs: [0] },
    },
  },
  copy: {
    inputs: 1,
    kernel: {
      kind: 'copy',
      structure: { dtype: 'float32', accumulate: false },
      pieces: [{ input: 0, shape: [size, size], source: along(1, size), target: along(size, 1) }],
    },
  },
  scan: {
    inputs: 1,
    kernel: {
      kind: 'scan',
      structure: { reduction: 'sum', dtype: 'float32', reverse: false, exclusive: false },
      outer: 1,
      axis: size,
      inner: size,
      offsets: { input: 0, output: 0 },
    },
  },
}

const runOn = (device: WasmDevice | ReferenceDevice, kernel: Kernel, inputs: number): Float32Array => {
  const storages = Array.from({ length: inputs + 1 }, (_, seed): Storage => {
    const data = sampleArray('float32', size * size, { seed })
    const storage = device.allocate(data.byteLength)
    device.write(storage, data)
    return storage
  })
  device.run(kernel, storages.slice(0, inputs), storages.slice(inputs), [])
  const [output] = storages.slice(inputs)
  if (output === undefined) throw new Error('expected an output')
  return device.readSync(output, { shape: [size * size], strides: [1], offset: 0 }, 'float32') as Float32Array
}

// Addresses from 2 GiB on are negative to signed comparisons. The memory is reserved, and not touched.
describe('a wasm device with more than 2 GiB', () => {
  const device = new WasmDevice({ threads: 2 })
  const ballast = device.allocate(2.2 * 2 ** 30)

  it.each(Object.keys(kernels))('runs %s on operands beyond', (name) => {
    const { kernel, inputs } = kernels[name] ?? { kernel: undefined, inputs: 0 }
    if (kernel === undefined) return
    expect(device.allocate(64).address).toBeGreaterThan(2 ** 31)
    const actual = runOn(device, kernel, inputs)
    const expected = runOn(new ReferenceDevice(), kernel, inputs)
    // Sums of 40 products of numbers below 4: 40 roundings of at most 640 · 2^−24.
    const largest = Math.max(...actual.map((value, at) => Math.abs(value - (expected[at] ?? NaN))))
    expect(largest).toBeLessThan(2e-3)
  })

  it('gives the memory back for reuse', () => {
    device.free(ballast)
    expect(device.allocate(2 ** 30).address).toBeLessThan(2 ** 31)
    device.dispose()
  })
})
