import { type Access, cellSlot, input, type Kernel, scalarOps, stage, type WindowSizes } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { defaultCapabilities } from './capabilities.js'
import { wgslOf } from './wgsl-of.js'

const f = 'float32'
const { add, div, exp, maximum, mul, sigmoid, sub } = scalarOps
const x = input(0, f)
const rows: Access = { strides: [64, 1], offset: 0 }
const window: WindowSizes = {
  input: [28, 28],
  kernel: [5, 5],
  output: [28, 28],
  stride: [1, 1],
  padding: [2, 2],
  dilation: [1, 1],
}

/** One kernel of each kind, as a step of training runs them. */
const kernels: Record<Kernel['kind'], Kernel> = {
  map: {
    kind: 'map',
    structure: { inputs: [f, f], outputs: [mul(add(x, input(1, f)), mul(sigmoid(x), cellSlot(0, f)))] },
    spaces: [{ shape: [32, 64], inputs: [rows, { strides: [0, 1], offset: 0 }], outputs: [rows] }],
  },
  row: {
    kind: 'row',
    structure: {
      inputs: [f],
      stages: [
        { reduction: 'max', expression: x },
        { reduction: 'sum', expression: exp(sub(x, stage(0, f))) },
      ],
      outputs: [{ per: 'element', expression: div(exp(sub(x, stage(0, f))), stage(1, f)) }],
    },
    spaces: [{ kept: 1, shape: [32, 64], inputs: [rows], outputs: [rows] }],
  },
  matmul: {
    kind: 'matmul',
    structure: { dtype: f, epilogue: { inputs: [f], expression: maximum(add(stage(0, f), x), scalarOps.like(x, 0)) } },
    batch: [],
    rows: 512,
    columns: 512,
    inner: 512,
    a: { strides: [512, 1], offset: 0 },
    b: { strides: [512, 1], offset: 0 },
    output: { strides: [512, 1], offset: 0 },
    epilogueInputs: [{ strides: [0, 1], offset: 0 }],
  },
  convolution: {
    kind: 'convolution',
    structure: { direction: 'forward', dtype: f },
    batch: 32,
    inputChannels: 1,
    outputChannels: 32,
    groups: 1,
    window,
    offsets: { inputs: [0, 0], output: 0 },
    epilogueInputs: [],
  },
  pool: {
    kind: 'pool',
    structure: { operation: 'max', dtype: f },
    planes: 32,
    window,
    countIncludePad: true,
    offsets: { inputs: [0], outputs: [0, 0] },
  },
  gather: {
    kind: 'gather',
    structure: { mode: 'take', dtype: f },
    outer: 1,
    axis: 1000,
    count: 32,
    inner: 64,
    offsets: { source: 0, index: 0, output: 0 },
  },
  scatterAdd: {
    kind: 'scatterAdd',
    structure: { mode: 'take', dtype: f, hasBase: false },
    outer: 1,
    axis: 1000,
    count: 300,
    inner: 64,
    offsets: { source: 0, index: 0, base: 0, output: 0 },
  },
  random: { kind: 'random', structure: { distribution: 'normal', dtype: f }, size: 1000, offset: 0 },
  copy: {
    kind: 'copy',
    structure: { dtype: f, accumulate: false },
    pieces: [0, 1].map((number) => ({
      input: number,
      shape: [32, 64],
      source: rows,
      target: { strides: [128, 1], offset: 64 * number },
    })),
  },
  scan: {
    kind: 'scan',
    structure: { reduction: 'sum', dtype: f, reverse: false, exclusive: false },
    outer: 4,
    axis: 1000,
    inner: 1,
    offsets: { input: 0, output: 0 },
  },
  sort: {
    kind: 'sort',
    structure: { dtype: f, descending: true },
    outer: 4,
    axis: 5000,
    count: 10,
    inner: 1,
    offsets: { input: 0, values: 0, places: 0 },
  },
}

/** The texts of a kernel's dispatches, each once. */
const textOf = (kernel: Kernel, subgroupSize: number): string => {
  const texts = wgslOf(kernel, { ...defaultCapabilities, subgroupSize })
  const distinct = new Map(
    texts.map(({ label, wgsl, workgroups }) => [wgsl, `// ${label}, ${String(workgroups)} workgroups`]),
  )
  return [...distinct].map(([wgsl, head]) => `${head}\n${wgsl}`).join('\n')
}

describe('the WGSL of a kernel', () => {
  it.each(Object.entries(kernels))('of kind %s is as printed', async (kind, kernel) => {
    await expect(textOf(kernel, 0)).toMatchFileSnapshot(`wgsl-snapshots/${kind}.wgsl`)
  })

  it('of kind row with subgroups is as printed', async () => {
    await expect(textOf(kernels.row, 32)).toMatchFileSnapshot('wgsl-snapshots/row-with-subgroups.wgsl')
  })

  it('with float16 asks for the extension, and is refused without', () => {
    const half = input(0, 'float16')
    const line = { strides: [1], offset: 0 }
    const kernel: Kernel = {
      kind: 'map',
      structure: { inputs: ['float16'], outputs: [mul(half, half)] },
      spaces: [{ shape: [100], inputs: [line], outputs: [line] }],
    }
    expect(() => wgslOf(kernel)).toThrow(/float16.*shader-f16/)
    const [text] = wgslOf(kernel, { ...defaultCapabilities, float16: true })
    expect(text?.wgsl).toContain('enable f16;')
    expect(text?.wgsl).toContain('array<vec4<f16>>')
  })
})
