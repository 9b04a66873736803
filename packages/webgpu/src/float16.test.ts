import { cellSlot, constant, count, input, type Kernel, scalarOps, stage, type WindowSizes } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { create } from 'webgpu'
import { type Capabilities, defaultCapabilities } from './capabilities.js'
import { openDevice } from './open-device.js'
import { requestDevice } from './request-device.js'
import { wgslOf } from './wgsl-of.js'

const h = 'float16'
const x = input(0, h)
const { add, cast, div, exp, less, mul, sigmoid, sub, tanh, where } = scalarOps
const rows = { strides: [64, 1], offset: 0 }
const window: WindowSizes = {
  input: [9, 9],
  kernel: [3, 3],
  output: [9, 9],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
}
const offsets = { inputs: [0, 0], output: 0 } as const

const product = (inner: number, strides: readonly [number, number], withEpilogue: boolean): Kernel => ({
  kind: 'matmul',
  structure: {
    dtype: h,
    ...(withEpilogue ? { epilogue: { inputs: [h], expression: tanh(add(stage(0, h), x)) } } : {}),
  },
  batch: [],
  rows: 64,
  columns: 96,
  inner,
  a: { strides, offset: 0 },
  b: { strides: [96, 1], offset: 0 },
  output: { strides: [96, 1], offset: 0 },
  epilogueInputs: withEpilogue ? [{ strides: [0, 1], offset: 0 }] : [],
})

/** Kernels of every kind that has float16, in the forms that need different code. */
const kernels: Readonly<Record<string, Kernel>> = {
  map: {
    kind: 'map',
    structure: {
      inputs: [h, h],
      outputs: [
        where(less(x, input(1, h)), mul(add(x, input(1, h)), sigmoid(x)), div(x, cellSlot(0, h))),
        cast(mul(x, constant(0.1, h)), 'float32'),
        sub(x, constant(1e9, h)),
      ],
    },
    spaces: [{ shape: [32, 64], inputs: [rows, { strides: [0, 1], offset: 0 }], outputs: [rows, rows, rows] }],
  },
  row: {
    kind: 'row',
    structure: {
      inputs: [h],
      stages: [
        { reduction: 'max', expression: x },
        { reduction: 'sum', expression: exp(sub(x, stage(0, h))) },
        { reduction: 'argmin', expression: x },
      ],
      outputs: [
        { per: 'element', expression: div(exp(sub(x, stage(0, h))), stage(1, h)) },
        { per: 'row', expression: div(stage(1, h), count(h)) },
      ],
    },
    spaces: [{ kept: 1, shape: [32, 64], inputs: [rows], outputs: [rows, { strides: [1], offset: 0 }] }],
  },
  'row of one long line': {
    kind: 'row',
    structure: {
      inputs: [h],
      stages: [{ reduction: 'sum', expression: x }],
      outputs: [{ per: 'row', expression: stage(0, h) }],
    },
    spaces: [
      { kept: 0, shape: [1_000_000], inputs: [{ strides: [1], offset: 0 }], outputs: [{ strides: [], offset: 0 }] },
    ],
  },
  matmul: product(128, [128, 1], true),
  'matmul of a transposed factor': product(128, [1, 64], false),
  'matmul of odd sizes': product(127, [127, 1], false),
  'matmul in parts': product(4096, [4096, 1], true),
  convolution: {
    kind: 'convolution',
    structure: { direction: 'forward', dtype: h },
    batch: 2,
    inputChannels: 3,
    outputChannels: 8,
    groups: 1,
    window,
    offsets,
    epilogueInputs: [],
  },
  'convolution, weight gradient': {
    kind: 'convolution',
    structure: { direction: 'weightGradient', dtype: h },
    batch: 32,
    inputChannels: 3,
    outputChannels: 8,
    groups: 1,
    window,
    offsets,
    epilogueInputs: [],
  },
  pool: {
    kind: 'pool',
    structure: { operation: 'max', dtype: h },
    planes: 3,
    window,
    countIncludePad: true,
    offsets: { inputs: [0], outputs: [0, 0] },
  },
  gather: {
    kind: 'gather',
    structure: { mode: 'take', dtype: h },
    outer: 1,
    axis: 50,
    count: 8,
    inner: 64,
    offsets: { source: 0, index: 0, output: 0 },
  },
  scatterAdd: {
    kind: 'scatterAdd',
    structure: { mode: 'take', dtype: h, hasBase: true },
    outer: 1,
    axis: 50,
    count: 300,
    inner: 64,
    offsets: { source: 0, index: 0, base: 0, output: 0 },
  },
  random: { kind: 'random', structure: { distribution: 'normal', dtype: h }, size: 1000, offset: 0 },
  copy: {
    kind: 'copy',
    structure: { dtype: h, accumulate: true },
    fill: { value: 1e9, size: 5000, offset: 0 },
    pieces: [{ input: 0, shape: [32, 64], source: rows, target: { strides: [128, 1], offset: 1 } }],
  },
  scan: {
    kind: 'scan',
    structure: { reduction: 'sum', dtype: h, reverse: false, exclusive: false },
    outer: 4,
    axis: 1000,
    inner: 1,
    offsets: { input: 0, output: 0 },
  },
  sort: {
    kind: 'sort',
    structure: { dtype: h, descending: true },
    outer: 4,
    axis: 5000,
    count: 10,
    inner: 1,
    offsets: { input: 0, values: 0, places: 0 },
  },
}

/** Kept, as Dawn's devices fail once what they came from is collected. */
const nullBackend = create(['backend=null'])

/**
 * A device of Dawn that computes nothing but has every feature: it checks shaders for an adapter with `shader-f16` where
 * there is none.
 */
const checkingDevice = async (): Promise<GPUDevice> => {
  const adapter = await nullBackend.requestAdapter()
  if (!adapter) throw new RangeError('Dawn has no null backend')
  return adapter.requestDevice({ requiredFeatures: ['shader-f16', 'subgroups'] })
}

const checking = await checkingDevice()

/** What WebGPU says of a shader and its pipeline. */
const refusalOf = async (code: string): Promise<string | undefined> => {
  checking.pushErrorScope('validation')
  const module = checking.createShaderModule({ code })
  checking.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } })
  return (await checking.popErrorScope())?.message
}

const withHalf: Capabilities = { ...defaultCapabilities, float16: true }

describe('kernels of float16', () => {
  it('are checked by a device that refuses what is wrong', async () => {
    expect(await refusalOf('enable f16;\n@compute @workgroup_size(1) fn main() { var x: f16 = 1.0f; }')).toMatch(/f16/)
  })

  it.each(Object.entries(kernels))('of kind %s are accepted, with subgroups and without', async (_, kernel) => {
    for (const subgroupSize of [0, 32]) {
      const texts = wgslOf(kernel, { ...withHalf, subgroupSize })
      expect(texts.length).toBeGreaterThan(0)
      for (const { label, wgsl } of texts) expect(await refusalOf(wgsl), label).toBeUndefined()
    }
  })

  it('of kinds map and matmul are as printed', async () => {
    for (const kind of ['map', 'matmul'] as const) {
      const text = wgslOf(kernels[kind] ?? product(8, [8, 1], false), withHalf).map(({ wgsl }) => wgsl)
      await expect(text.join('\n')).toMatchFileSnapshot(`wgsl-snapshots/${kind}-of-float16.wgsl`)
    }
  })

  it('round to float16 after each primitive, and compute sums and products in it', () => {
    const [map] = wgslOf(kernels['map'] ?? product(8, [8, 1], false), withHalf)
    expect(map?.wgsl).toContain('f32((f16(in0) + f16(in1)))')
    expect(map?.wgsl).toContain('f32(f16(divide(')
  })

  it('hold float16 in workgroup memory and sum in float32', () => {
    const [matmul] = wgslOf(kernels['matmul'] ?? product(8, [8, 1], false), withHalf)
    expect(matmul?.wgsl).toMatch(/var<workgroup> tile_a: array<vec4<f16>/)
    expect(matmul?.wgsl).toMatch(/var sum_0_0 = vec4<f32>\(\)/)
  })
})

describe('an adapter without shader-f16', () => {
  it('refuses kernels of float16 and names what to use instead, but stores and reads its bits', async () => {
    const { gpuDevice } = await requestDevice({ defaultsOnly: true })
    const device = await openDevice({ gpuDevice })
    expect(device.features.dtypes).not.toContain(h)
    const storage = device.allocate(8)
    const bits = Uint16Array.of(0x3c00, 0xbc00, 0x7c00, 1)
    device.write(storage, bits)
    expect(await device.read(storage, { shape: [4], strides: [1], offset: 0 }, h)).toEqual(bits)
    const line = { strides: [1], offset: 0 }
    const kernel: Kernel = {
      kind: 'map',
      structure: { inputs: [h], outputs: [cast(x, 'float32')] },
      spaces: [{ shape: [4], inputs: [line], outputs: [line] }],
    }
    expect(() => device.run(kernel, [storage], [device.allocate(16)], [])).toThrow(
      /map: got float16 on a WebGPU adapter without shader-f16, expected float32.*\.to\('float32'\)/,
    )
    device.dispose()
    gpuDevice.destroy()
  })
})
