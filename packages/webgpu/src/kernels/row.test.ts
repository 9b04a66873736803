import {
  type Access,
  cellSlot,
  count,
  type DType,
  type Expression,
  index,
  input,
  type Reduction,
  type RowKernel,
  type RowStructure,
  scalarOps,
  stage,
} from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { capabilitiesOf } from '../capabilities.js'
import { requestDevice } from '../request-device.js'
import {
  contents,
  type Contents,
  dense,
  expectLikeReference,
  floats,
  sampleNumbers,
  sizeOf,
  unset,
} from '../testing/both-devices.js'
import { WebgpuDevice } from '../webgpu-device.js'
import { wgslOf } from '../wgsl-of.js'

const { add, cast, div, exp, less, log, mul, sub } = scalarOps
const x = input(0, 'float32')

/** The same GPU without subgroups, so that lanes meet in workgroup memory. */
const { gpuDevice } = await requestDevice()
const withoutSubgroups = new WebgpuDevice({
  gpuDevice,
  capabilities: capabilitiesOf(gpuDevice, 0),
  info: undefined,
  isForeign: true,
})

/** Sums of float32 in another order than the oracle's sums in float64, relative to values of the size of the terms. */
const summation = 1e-5

interface Case {
  readonly name: string
  readonly kept: readonly number[]
  readonly reduced: readonly number[]
  /** Whether rows lie side by side rather than one after another. */
  readonly isTransposed: boolean
}

const shapes: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[5], [7]],
  [[3], [64]],
  [[2, 3], [300]],
  [[], [20000]],
  [[500], [33]],
  [[6], [4, 8]],
  [[4], [0]],
  [[], []],
]

const cases: readonly Case[] = shapes.flatMap(([kept, reduced]) =>
  [false, true].map((isTransposed) => ({
    name: `[${kept.join(', ')} | ${reduced.join(', ')}]${isTransposed ? ' side by side' : ''}`,
    kept,
    reduced,
    isTransposed,
  })),
)

const accesses = ({ kept, reduced, isTransposed }: Case): { element: Access; row: Access } => {
  const rows = sizeOf(kept)
  const element = isTransposed
    ? [...dense(kept), ...dense(reduced).map((stride) => stride * rows)]
    : dense([...kept, ...reduced])
  return { element: { strides: element, offset: 0 }, row: { strides: dense(kept), offset: 0 } }
}

const kernelOf = (structure: RowStructure, given: Case): RowKernel => {
  const { element, row } = accesses(given)
  return {
    kind: 'row',
    structure,
    spaces: [
      {
        kept: given.kept.length,
        shape: [...given.kept, ...given.reduced],
        inputs: structure.inputs.map(() => element),
        outputs: structure.outputs.map(({ per }) => (per === 'row' ? row : element)),
      },
    ],
  }
}

const outputsOf = (structure: RowStructure, { kept, reduced }: Case): Contents[] =>
  structure.outputs.map(({ per, expression }) =>
    unset(expression.dtype, per === 'row' ? sizeOf(kept) : sizeOf([...kept, ...reduced])),
  )

const softmax: RowStructure = {
  inputs: ['float32'],
  stages: [
    { reduction: 'max', expression: x },
    { reduction: 'sum', expression: exp(sub(x, stage(0, 'float32'))) },
  ],
  outputs: [
    { per: 'element', expression: div(exp(sub(x, stage(0, 'float32'))), stage(1, 'float32')) },
    { per: 'row', expression: add(stage(0, 'float32'), log(stage(1, 'float32'))) },
  ],
}

const reductionsOf = (list: readonly (readonly [Reduction, Expression, DType])[]): RowStructure => ({
  inputs: ['float32'],
  stages: list.map(([reduction, expression]) => ({ reduction, expression })),
  outputs: list.map(([, , dtype], position) => ({ per: 'row', expression: stage(position, dtype) })),
})

const someNan = (length: number): Contents =>
  contents(
    'float32',
    sampleNumbers(length).map((value, at) => (at % 97 === 40 ? NaN : value)),
  )

describe('row', () => {
  it.each(cases)('computes softmax and logSumExp of $name', async (given) => {
    const inputs = [floats(sizeOf([...given.kept, ...given.reduced]))]
    await expectLikeReference(kernelOf(softmax, given), { inputs, outputs: outputsOf(softmax, given) }, summation)
  })

  it.each(cases.filter(({ reduced }) => sizeOf(reduced) > 0))(
    'finds extremes and their first places in $name',
    async (given) => {
      const structure = reductionsOf([
        ['argmax', x, 'int32'],
        ['argmin', x, 'int32'],
        ['max', x, 'float32'],
        ['min', x, 'float32'],
      ])
      const size = sizeOf([...given.kept, ...given.reduced])
      const outputs = outputsOf(structure, given)
      await expectLikeReference(kernelOf(structure, given), { inputs: [floats(size)], outputs })
      await expectLikeReference(kernelOf(structure, given), { inputs: [someNan(size)], outputs })
    },
  )

  it.each(cases.slice(0, 4))('counts bools, multiplies, and reduces int32 and bool in $name', async (given) => {
    const structure = reductionsOf([
      ['sum', less(x, mul(x, x)), 'int32'],
      ['max', less(x, mul(x, x)), 'bool'],
      ['max', cast(x, 'int32'), 'int32'],
      ['prod', add(div(x, count('float32')), cast(less(x, x), 'float32')), 'float32'],
    ])
    const inputs = [floats(sizeOf([...given.kept, ...given.reduced]))]
    await expectLikeReference(kernelOf(structure, given), { inputs, outputs: outputsOf(structure, given) }, summation)
  })

  it.each(cases.filter(({ kept }) => kept.length < 2))('gives the same without subgroups in $name', async (given) => {
    const structure = reductionsOf([
      ['sum', x, 'float32'],
      ['argmax', x, 'int32'],
    ])
    const operands = {
      inputs: [floats(sizeOf([...given.kept, ...given.reduced]))],
      outputs: outputsOf(structure, given),
    }
    if (sizeOf(given.reduced) === 0) return
    await expectLikeReference(kernelOf(structure, given), operands, summation, withoutSubgroups)
  })

  it('uses coordinates, cells and the count', async () => {
    const given: Case = { name: '', kept: [3], reduced: [4, 5], isTransposed: false }
    const weight = cast(add(index(2), mul(index(0), index(1))), 'float32')
    const mean = div(stage(0, 'float32'), count('float32'))
    const structure: RowStructure = {
      inputs: ['float32'],
      stages: [{ reduction: 'sum', expression: mul(x, weight) }],
      outputs: [
        { per: 'element', expression: mul(sub(x, mean), cellSlot(0, 'float32')) },
        { per: 'row', expression: add(mean, cast(index(0), 'float32')) },
      ],
    }
    const operands = { inputs: [floats(60)], outputs: outputsOf(structure, given), cells: [0.5] }
    await expectLikeReference(kernelOf(structure, given), operands, summation)
  })

  it('normalizes in place, with one number a row and one a column beside', async () => {
    const mean = div(stage(0, 'float32'), count('float32'))
    const structure: RowStructure = {
      inputs: ['float32', 'float32', 'float32'],
      stages: [
        { reduction: 'sum', expression: x },
        { reduction: 'sum', expression: mul(sub(x, mean), sub(x, mean)) },
      ],
      outputs: [
        { per: 'element', expression: add(mul(sub(x, mean), input(1, 'float32')), input(2, 'float32')) },
        { per: 'row', expression: mul(stage(1, 'float32'), input(2, 'float32')) },
      ],
    }
    const kernel: RowKernel = {
      kind: 'row',
      structure,
      spaces: [
        {
          kept: 1,
          shape: [9, 40],
          inputs: [
            { strides: [40, 1], offset: 0 },
            { strides: [0, 1], offset: 0 },
            { strides: [1, 0], offset: 0 },
          ],
          outputs: [
            { strides: [40, 1], offset: 0 },
            { strides: [1], offset: 0 },
          ],
        },
      ],
    }
    await expectLikeReference(
      kernel,
      { inputs: [floats(360), floats(40, 3), floats(9, 5)], outputs: [{ inPlaceOf: 0 }, unset('float32', 9)] },
      summation,
    )
  })

  it('runs the grouped form over more storages than one dispatch can bind', async () => {
    const structure = reductionsOf([['sum', mul(x, x), 'float32']])
    const lengths = [5, 700, 20000, 64, 1, 30000, 12]
    const kernel: RowKernel = {
      kind: 'row',
      structure,
      spaces: lengths.map((length) => ({
        kept: 0,
        shape: [length],
        inputs: [{ strides: [1], offset: 0 }],
        outputs: [{ strides: [], offset: 0 }],
      })),
    }
    await expectLikeReference(
      kernel,
      { inputs: lengths.map((length) => floats(length)), outputs: lengths.map(() => unset('float32', 1)) },
      summation,
    )
  })

  it('cuts long rows into chunks, with one launch more than there are passes', () => {
    const given: Case = { name: '', kept: [], reduced: [1000000], isTransposed: false }
    expect(wgslOf(kernelOf(softmax, given))).toHaveLength(3)
    expect(wgslOf(kernelOf(softmax, { ...given, kept: [4096], reduced: [1024] }))).toHaveLength(1)
  })
})
