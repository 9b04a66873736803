import {
  type ConvolutionKernel,
  count,
  type DType,
  index,
  input,
  type Kernel,
  type MapKernel,
  type MatmulKernel,
  type RowKernel,
  type RowStructure,
  scalarOps,
  type ScanKernel,
  type SortKernel,
  stage,
  type WindowSizes,
} from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { defaultCapabilities } from './capabilities.js'
import { planParts } from './plan-parts.js'
import { requestDevice } from './request-device.js'
import {
  contents,
  dense,
  expectLikeReference,
  floats,
  places,
  sampleNumbers,
  sizeOf,
  unset,
} from './testing/both-devices.js'
import { WebgpuDevice } from './webgpu-device.js'

const f = 'float32'
const x = input(0, f)
const { add, cast, div, exp, mul, sub } = scalarOps

/** A GPU that pretends to have bindings of a thousand floats, so that single lines and tables are longer than one. */
const { gpuDevice } = await requestDevice()
const capabilities = { ...defaultCapabilities, bindingBytes: 4096, workgroupsPerDimension: 3 }
const tiny = new WebgpuDevice({ gpuDevice, capabilities, info: undefined, isForeign: true })

/** Sums of thousands of float32 of size 8 in other orders, against float64: some tens of units of sums near a hundred. */
const summation = 2e-5

/** Products and sums of some thousands of pairs up to 56 in float32, against float64, relative to sums near a thousand. */
const contraction = 5e-5

const scan = (
  [outer, axis, inner]: readonly [number, number, number],
  dtype: DType = f,
  reverse = false,
  exclusive = false,
): ScanKernel => ({
  kind: 'scan',
  structure: { reduction: 'sum', dtype, reverse, exclusive },
  outer,
  axis,
  inner,
  offsets: { input: 0, output: 0 },
})

describe('a scan along lines longer than a binding', () => {
  it.each([
    ['of one line', scan([1, 5000, 1])],
    ['from the end', scan([1, 5000, 1], f, true)],
    ['from the end, exclusive', scan([2, 3000, 1], f, true, true)],
    ['of neighbouring lines, exclusive', scan([1, 1100, 3], f, false, true)],
    ['of many short lines far apart', scan([2, 5, 1500])],
    ['of many short lines from the end', scan([1, 3, 2500], f, true)],
    ['of int32', scan([1, 4000, 2], 'int32')],
  ] as const)('hands on what it has so far: %s', async (_, kernel) => {
    const { dtype } = kernel.structure
    const size = kernel.outer * kernel.axis * kernel.inner
    const source = contents(dtype, sampleNumbers(size).map(dtype === 'int32' ? Math.trunc : (value) => value))
    const operands = { inputs: [source], outputs: [unset(dtype, size)] }
    await expectLikeReference(kernel, operands, dtype === 'int32' ? 0 : summation, tiny)
  })
})

const sort = (
  [outer, axis, inner]: readonly [number, number, number],
  kept: number,
  dtype: DType = f,
  descending = false,
): SortKernel => ({
  kind: 'sort',
  structure: { dtype, descending },
  outer,
  axis,
  count: kept,
  inner,
  offsets: { input: 0, values: 0, places: 0 },
})

describe('a sort of lines longer than a binding', () => {
  it.each([
    ['all of one line', sort([1, 5000, 1], 5000)],
    ['the greatest of two lines', sort([2, 2000, 1], 7, f, true)],
    ['lines whose elements lie far apart', sort([2, 40, 70], 40)],
    ['few of long lines side by side', sort([1, 700, 3], 50, 'int32', true)],
    ['bool', sort([1, 5000, 1], 5000, 'bool')],
  ] as const)('orders %s', async (_, kernel) => {
    const { dtype } = kernel.structure
    const numbers = sampleNumbers(kernel.outer * kernel.axis * kernel.inner).map((value, at) => {
      if (dtype === 'bool') return Number(value > 0)
      if (dtype === 'int32') return Math.trunc(value * 10)
      return at % 17 === 3 ? NaN : at % 13 === 2 ? -0 : at % 11 === 1 ? -Infinity : value
    })
    const results = kernel.outer * kernel.count * kernel.inner
    await expectLikeReference(
      kernel,
      { inputs: [contents(dtype, numbers)], outputs: [unset(dtype, results), unset('int32', results)] },
      0,
      tiny,
    )
  })
})

/** Indices of a table by mode: one for each place, or one for each element. */
const indicesFor = (mode: 'take' | 'along', [outer, axis, chosen, inner]: readonly number[]) =>
  places(mode === 'take' ? (chosen ?? 0) : sizeOf([outer ?? 0, chosen ?? 0, inner ?? 0]), axis ?? 0)

describe('a table longer than a binding', () => {
  const shapes = [
    ['take', [1, 500, 40, 12]],
    ['take', [2, 300, 30, 5]],
    ['take', [1, 3, 4, 3000]],
    ['along', [1, 2000, 1500, 1]],
    ['along', [2, 60, 90, 30]],
  ] as const

  it.each(shapes)('is gathered from (%s, %j)', async (mode, shape) => {
    const [outer, axis, chosen, inner] = shape
    await expectLikeReference(
      {
        kind: 'gather',
        structure: { mode, dtype: f },
        outer,
        axis,
        count: chosen,
        inner,
        offsets: { source: 0, index: 0, output: 0 },
      },
      {
        inputs: [floats(outer * axis * inner), indicesFor(mode, shape)],
        outputs: [unset(f, outer * chosen * inner)],
      },
      0,
      tiny,
    )
  })

  it.each([...shapes, ['take', [1, 2000, 900, 1]], ['take', [1, 700, 100, 4]]] as const)(
    'is added to (%s, %j), with a base and without',
    async (mode, shape) => {
      const [outer, axis, chosen, inner] = shape
      for (const hasBase of [false, true]) {
        await expectLikeReference(
          {
            kind: 'scatterAdd',
            structure: { mode, dtype: f, hasBase },
            outer,
            axis,
            count: chosen,
            inner,
            offsets: { source: 0, index: 0, base: 0, output: 0 },
          },
          {
            inputs: [
              floats(outer * chosen * inner),
              indicesFor(mode, shape),
              ...(hasBase ? [floats(outer * axis * inner, 3)] : []),
            ],
            outputs: [unset(f, outer * axis * inner)],
          },
          summation,
          tiny,
        )
      }
    },
  )

  it('of bool is gathered from', async () => {
    const structure = { mode: 'take', dtype: 'bool' } as const
    const offsets = { source: 0, index: 0, output: 0 }
    const table = contents(
      'bool',
      sampleNumbers(9000).map((value) => Number(value > 0)),
    )
    await expectLikeReference(
      { kind: 'gather', structure, outer: 1, axis: 3000, count: 700, inner: 3, offsets },
      { inputs: [table, places(700, 3000)], outputs: [unset('bool', 2100)] },
      0,
      tiny,
    )
  })
})

const epilogue = { inputs: [f] as const, expression: add(mul(stage(0, f), stage(0, f)), x) }

const product = (rows: number, columns: number, inner: number, withEpilogue: boolean): MatmulKernel => ({
  kind: 'matmul',
  structure: { dtype: f, ...(withEpilogue ? { epilogue } : {}) },
  batch: [],
  rows,
  columns,
  inner,
  // Both factors have the contracted axis outermost, as in the gradient of a linear layer.
  a: { strides: [1, rows], offset: 0 },
  b: { strides: [columns, 1], offset: 0 },
  output: { strides: [columns, 1], offset: 0 },
  epilogueInputs: withEpilogue ? [{ strides: [0, 1], offset: 0 }] : [],
})

describe('a product along an axis longer than a binding', () => {
  it.each([
    ['of matrices', product(20, 24, 400, false)],
    ['of matrices, with an epilogue', product(20, 24, 400, true)],
    ['of vectors', product(1, 1, 5000, false)],
    ['of vectors, with an epilogue', product(1, 6, 3000, true)],
  ] as const)('adds up the pieces: %s', async (_, kernel) => {
    const { rows, columns, inner } = kernel
    await expectLikeReference(
      kernel,
      {
        inputs: [
          floats(rows * inner),
          floats(columns * inner, 7),
          ...(kernel.structure.epilogue ? [floats(columns)] : []),
        ],
        outputs: [unset(f, rows * columns)],
      },
      contraction,
      tiny,
    )
  })
})

const window: WindowSizes = {
  input: [10, 12],
  kernel: [3, 2],
  output: [10, 11],
  stride: [1, 1],
  padding: [1, 0],
  dilation: [1, 1],
}

const convolution = (
  direction: ConvolutionKernel['structure']['direction'],
  [batch, inputChannels, outputChannels, groups]: readonly [number, number, number, number],
  withEpilogue = false,
): ConvolutionKernel => ({
  kind: 'convolution',
  structure: { direction, dtype: f, ...(withEpilogue ? { epilogue } : {}) },
  batch,
  inputChannels,
  outputChannels,
  groups,
  window,
  offsets: { inputs: [0, 0], output: 0 },
  epilogueInputs: withEpilogue ? [{ strides: [0, 1, 0, 0], offset: 0 }] : [],
})

describe('a convolution of tensors longer than a binding', () => {
  it.each([
    ['weightGradient', [12, 3, 5, 1]],
    ['weightGradient', [3, 12, 14, 1]],
    ['weightGradient', [2, 24, 26, 2]],
    ['forward', [1, 24, 28, 1]],
    ['forward', [2, 24, 28, 2]],
    ['forward', [1, 40, 36, 1]],
    ['inputGradient', [1, 24, 28, 1]],
    ['inputGradient', [2, 24, 28, 2]],
    ['inputGradient', [1, 40, 36, 1]],
  ] as const)('%s of %j, with an epilogue and without', async (direction, sizes) => {
    const [batch, inputChannels, outputChannels, groups] = sizes
    const lengths = {
      input: batch * inputChannels * 120,
      output: batch * outputChannels * 110,
      weight: ((outputChannels * inputChannels) / groups) * 6,
    }
    const [first, second, target] = (
      {
        forward: ['input', 'weight', 'output'],
        inputGradient: ['output', 'weight', 'input'],
        weightGradient: ['output', 'input', 'weight'],
      } as const
    )[direction]
    for (const withEpilogue of [false, true]) {
      await expectLikeReference(
        convolution(direction, sizes, withEpilogue),
        {
          inputs: [
            floats(lengths[first]),
            floats(lengths[second], 5),
            ...(withEpilogue ? [floats(Math.max(inputChannels, outputChannels))] : []),
          ],
          outputs: [unset(f, lengths[target])],
        },
        contraction,
        tiny,
      )
    }
  })
})

const rowsOf = (structure: RowStructure, shape: readonly number[], kept: number): RowKernel => ({
  kind: 'row',
  structure,
  spaces: [
    {
      shape,
      kept,
      inputs: structure.inputs.map(() => ({ strides: dense(shape), offset: 0 })),
      outputs: structure.outputs.map(({ per }) => ({
        strides: dense(per === 'row' ? shape.slice(0, kept) : shape),
        offset: 0,
      })),
    },
  ],
})

const expectRows = async (structure: RowStructure, shape: readonly number[], kept: number, numbers: number[]) => {
  const [dtype = f] = structure.inputs
  const outputs = structure.outputs.map(({ per, expression }) =>
    unset(expression.dtype, sizeOf(per === 'row' ? shape.slice(0, kept) : shape)),
  )
  const operands = { inputs: [contents(dtype, numbers)], outputs }
  await expectLikeReference(rowsOf(structure, shape, kept), operands, summation, tiny)
}

describe('rows longer than a binding', () => {
  it('are softmaxed', async () => {
    const structure: RowStructure = {
      inputs: [f],
      stages: [
        { reduction: 'max', expression: x },
        { reduction: 'sum', expression: exp(sub(x, stage(0, f))) },
      ],
      outputs: [
        { per: 'element', expression: div(exp(sub(x, stage(0, f))), stage(1, f)) },
        { per: 'row', expression: stage(0, f) },
      ],
    }
    await expectRows(structure, [2, 3000], 1, sampleNumbers(6000))
  })

  it('are averaged over several axes, of which one is kept', async () => {
    const structure: RowStructure = {
      inputs: [f],
      stages: [{ reduction: 'sum', expression: x }],
      outputs: [{ per: 'row', expression: div(stage(0, f), count(f)) }],
    }
    await expectRows(structure, [60, 5, 30], 0, sampleNumbers(9000))
    await expectRows(structure, [1500, 4], 1, sampleNumbers(6000))
  })

  it('give the first place of their extremes, and of NaN', async () => {
    const structure: RowStructure = {
      inputs: [f],
      stages: [
        { reduction: 'argmax', expression: x },
        { reduction: 'argmin', expression: x },
      ],
      outputs: [
        { per: 'row', expression: stage(0, 'int32') },
        { per: 'row', expression: stage(1, 'int32') },
      ],
    }
    const numbers = sampleNumbers(5000)
    await expectRows(structure, [50, 100], 0, numbers)
    numbers[3210] = NaN
    numbers[4000] = NaN
    await expectRows(structure, [5000], 0, numbers)
  })

  it('are summed in pieces that are cut into chunks themselves', async () => {
    const wide = { ...capabilities, bindingBytes: 2 ** 17 }
    const device = new WebgpuDevice({ gpuDevice, capabilities: wide, info: undefined, isForeign: true })
    const structure: RowStructure = {
      inputs: [f],
      stages: [{ reduction: 'sum', expression: x }],
      outputs: [{ per: 'row', expression: stage(0, f) }],
    }
    const operands = { inputs: [floats(100_000)], outputs: [unset(f, 1)] }
    await expectLikeReference(rowsOf(structure, [100_000], 0), operands, summation, device)
  })

  it('count what is true', async () => {
    const structure: RowStructure = {
      inputs: ['bool'],
      stages: [{ reduction: 'sum', expression: input(0, 'bool') }],
      outputs: [{ per: 'row', expression: stage(0, 'int32') }],
    }
    const numbers = sampleNumbers(10000).map((value) => Number(value > 0))
    await expectRows(structure, [2, 5000], 1, numbers)
  })

  it('know their coordinates', async () => {
    const structure: RowStructure = {
      inputs: [f],
      stages: [{ reduction: 'sum', expression: mul(x, cast(index(0), f)) }],
      outputs: [{ per: 'element', expression: sub(x, div(stage(0, f), cast(index(1), f))) }],
    }
    await expectRows(
      structure,
      [60, 50],
      0,
      sampleNumbers(3000).map((value) => value / 64),
    )
  })
})

describe('a map that uses coordinates', () => {
  it('knows them in every part', async () => {
    const shape = [3, 40, 50]
    const access = { strides: dense(shape), offset: 0 }
    const expression = add(mul(cast(index(1), f), x), cast(add(index(0), index(2)), f))
    const kernel: MapKernel = {
      kind: 'map',
      structure: { inputs: [f], outputs: [expression] },
      spaces: [{ shape, inputs: [access], outputs: [access] }],
    }
    await expectLikeReference(kernel, { inputs: [floats(6000)], outputs: [unset(f, 6000)] }, 0, tiny)
  })
})

describe('what cannot be cut', () => {
  it('says so', () => {
    // One row of windows sees more than a binding.
    const kernel: Kernel = {
      kind: 'pool',
      structure: { operation: 'max', dtype: f },
      planes: 1,
      window: { ...window, input: [100, 400], output: [98, 398] },
      countIncludePad: true,
      offsets: { inputs: [0], outputs: [0, 0] },
    }
    expect(() => planParts(kernel, { capabilities, inputs: [0], outputs: [1, 2] }, 160000)).toThrow(
      /pool: got an operand that one step needs as a whole.*smaller batch or a CPU device/,
    )
  })
})
