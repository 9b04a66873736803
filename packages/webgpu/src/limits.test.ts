import {
  constant,
  type ConvolutionKernel,
  input,
  type MapKernel,
  type RowKernel,
  scalarOps,
  stage,
  type WindowSizes,
} from '@chainrule/tensor'
import { afterAll, describe, expect, it } from 'vitest'
import { defaultCapabilities } from './capabilities.js'
import { openDevice } from './open-device.js'
import { requestDevice } from './request-device.js'
import {
  contents,
  dense,
  download,
  expectLikeReference,
  floats,
  places,
  unset,
  upload,
} from './testing/both-devices.js'
import { WebgpuDevice } from './webgpu-device.js'

const f = 'float32'
const x = input(0, f)
const { add, less, mul, neg, sub } = scalarOps

/** A GPU that pretends to have tiny bindings and short dispatches, so that small operands cross every limit. */
const { gpuDevice } = await requestDevice()
const tiny = new WebgpuDevice({
  gpuDevice,
  capabilities: { ...defaultCapabilities, bindingBytes: 4096, workgroupsPerDimension: 3 },
  info: undefined,
  isForeign: true,
})

/** Sums of some twenty products in float32, against float64. */
const summation = 1e-5

describe('operands larger than a binding, in dispatches of two dimensions', () => {
  it('maps through strides either way', async () => {
    const kernel: MapKernel = {
      kind: 'map',
      structure: { inputs: [f, f], outputs: [mul(x, input(1, f)), less(x, input(1, f))] },
      spaces: [
        {
          shape: [7, 500],
          inputs: [
            { strides: [500, 1], offset: 3 },
            { strides: [0, -1], offset: 499 },
          ],
          outputs: [
            { strides: [1, 7], offset: 0 },
            { strides: [500, 1], offset: 1 },
          ],
        },
      ],
    }
    const operands = { inputs: [floats(3503), floats(500)], outputs: [unset(f, 3500), unset('bool', 3501)] }
    await expectLikeReference(kernel, operands, 0, tiny)
  })

  it('reduces rows', async () => {
    const kernel: RowKernel = {
      kind: 'row',
      structure: {
        inputs: [f],
        stages: [{ reduction: 'max', expression: x }],
        outputs: [
          { per: 'element', expression: sub(x, stage(0, f)) },
          { per: 'row', expression: stage(0, f) },
        ],
      },
      spaces: [
        {
          kept: 1,
          shape: [40, 100],
          inputs: [{ strides: [100, 1], offset: 0 }],
          outputs: [
            { strides: [100, 1], offset: 0 },
            { strides: [1], offset: 0 },
          ],
        },
      ],
    }
    await expectLikeReference(kernel, { inputs: [floats(4000)], outputs: [unset(f, 4000), unset(f, 40)] }, 0, tiny)
  })

  it('multiplies matrices', async () => {
    await expectLikeReference(
      {
        kind: 'matmul',
        structure: { dtype: f, epilogue: { inputs: [f], expression: add(stage(0, f), x) } },
        batch: [3],
        rows: 40,
        columns: 36,
        inner: 20,
        a: { strides: [800, 20, 1], offset: 0 },
        b: { strides: [0, 1, 20], offset: 0 },
        output: { strides: [1440, 36, 1], offset: 0 },
        epilogueInputs: [{ strides: [0, 0, 1], offset: 0 }],
      },
      { inputs: [floats(2400), floats(720), floats(36)], outputs: [unset(f, 4320)] },
      summation,
      tiny,
    )
  })

  it('fills and copies', async () => {
    const piece = {
      input: 0,
      shape: [30, 50],
      source: { strides: [1, 30], offset: 0 },
      target: { strides: [100, 1], offset: 2 },
    }
    const fill = { value: 2.5, size: 3000, offset: 1 }
    const structure = { dtype: f, accumulate: true } as const
    const operands = { inputs: [floats(1500)], outputs: [unset(f, 3001)] }
    await expectLikeReference({ kind: 'copy', structure, fill, pieces: [piece] }, operands, 0, tiny)
  })

  it('draws random numbers that do not depend on the cuts', async () => {
    const structure = { distribution: 'bits', dtype: 'int32' } as const
    const operands = { inputs: [], outputs: [unset('int32', 5005)], cells: [5, 2 ** 32 - 10] }
    await expectLikeReference({ kind: 'random', structure, size: 5003, offset: 2 }, operands, 0, tiny)
  })

  it('gathers and scatters', async () => {
    const structure = { mode: 'take', dtype: f } as const
    const offsets = { source: 0, index: 0, output: 0 }
    await expectLikeReference(
      { kind: 'gather', structure, outer: 1, axis: 20, count: 200, inner: 10, offsets },
      { inputs: [floats(200), places(200, 20)], outputs: [unset(f, 2000)] },
      0,
      tiny,
    )
    await expectLikeReference(
      {
        kind: 'scatterAdd',
        structure: { ...structure, hasBase: true },
        outer: 30,
        axis: 9,
        count: 20,
        inner: 5,
        offsets: { ...offsets, base: 0 },
      },
      { inputs: [floats(3000), places(20, 9), floats(1350)], outputs: [unset(f, 1350)] },
      summation,
      tiny,
    )
  })

  it('scans and sorts', async () => {
    const scan = { reduction: 'sum', dtype: f, reverse: false, exclusive: false } as const
    await expectLikeReference(
      { kind: 'scan', structure: scan, outer: 30, axis: 20, inner: 5, offsets: { input: 0, output: 0 } },
      { inputs: [floats(3000)], outputs: [unset(f, 3000)] },
      summation,
      tiny,
    )
    await expectLikeReference(
      {
        kind: 'sort',
        structure: { dtype: f, descending: false },
        outer: 300,
        axis: 10,
        count: 10,
        inner: 1,
        offsets: { input: 0, values: 0, places: 0 },
      },
      { inputs: [floats(3000)], outputs: [unset(f, 3000), unset('int32', 3000)] },
      0,
      tiny,
    )
  })

  it('pools and convolves', async () => {
    const window: WindowSizes = {
      input: [8, 8],
      kernel: [3, 3],
      output: [6, 6],
      stride: [1, 1],
      padding: [0, 0],
      dilation: [1, 1],
    }
    await expectLikeReference(
      {
        kind: 'pool',
        structure: { operation: 'max', dtype: f },
        planes: 40,
        window,
        countIncludePad: true,
        offsets: { inputs: [0], outputs: [0, 0] },
      },
      { inputs: [floats(2560)], outputs: [unset(f, 1440), unset('int32', 1440)] },
      0,
      tiny,
    )
    const convolution: ConvolutionKernel = {
      kind: 'convolution',
      structure: { direction: 'forward', dtype: f },
      batch: 12,
      inputChannels: 3,
      outputChannels: 5,
      groups: 1,
      window,
      offsets: { inputs: [0, 0], output: 0 },
      epilogueInputs: [],
    }
    const operands = { inputs: [floats(2304), floats(135)], outputs: [unset(f, 2160)] }
    await expectLikeReference(convolution, operands, summation, tiny)
  })
})

describe('the default limits of the specification', async () => {
  const { gpuDevice: plain } = await requestDevice({ defaultsOnly: true })
  const device = await openDevice({ gpuDevice: plain })
  const length = 34 * 2 ** 20

  afterAll(() => {
    device.dispose()
    plain.destroy()
  })

  it('are crossed by a tensor of more than 128 MiB and more than 65,535 workgroups', async () => {
    const storage = device.allocate(length * 4)
    const fill = { value: 2, size: length, offset: 0 }
    device.run({ kind: 'copy', structure: { dtype: f, accumulate: false }, fill, pieces: [] }, [], [storage], [])
    const shape = [34, 2 ** 20]
    const access = { strides: dense(shape), offset: 0 }
    const structure = { inputs: [f] as const, outputs: [neg(x)] }
    device.run(
      { kind: 'map', structure, spaces: [{ shape, inputs: [access], outputs: [access] }] },
      [storage],
      [storage],
      [],
    )
    const sums = device.allocate(34 * 4)
    const row: RowKernel = {
      kind: 'row',
      structure: {
        inputs: [f],
        stages: [{ reduction: 'sum', expression: add(x, constant(1, f)) }],
        outputs: [{ per: 'row', expression: stage(0, f) }],
      },
      spaces: [{ shape, kept: 1, inputs: [access], outputs: [{ strides: [1], offset: 0 }] }],
    }
    device.run(row, [storage], [sums], [])
    expect([...(await download(device, sums, f, 34))]).toEqual(Array(34).fill(-(2 ** 20)))
    const total: RowKernel = {
      ...row,
      spaces: [
        { shape: [length], kept: 0, inputs: [{ strides: [1], offset: 0 }], outputs: [{ strides: [], offset: 0 }] },
      ],
    }
    device.run(total, [storage], [sums], [])
    expect([...(await download(device, sums, f, 1))]).toEqual([-length])
    const indices = upload(device, contents('int32', [length - 1, 0, length / 2]))
    device.run(
      {
        kind: 'gather',
        structure: { mode: 'take', dtype: f },
        outer: 1,
        axis: length,
        count: 3,
        inner: 1,
        offsets: { source: 0, index: 0, output: 0 },
      },
      [storage, indices],
      [sums],
      [],
    )
    expect([...(await download(device, sums, f, 3))]).toEqual([-2, -2, -2])
    const tail = await device.read(storage, { shape: [3], strides: [1], offset: length - 3 }, f)
    expect([...tail]).toEqual([-2, -2, -2])
  })

  it('are crossed by many workgroups of few elements', async () => {
    // One workgroup a row: 70,000 of them.
    const rows = 70000
    const shape = [rows, 128]
    const source = device.allocate(rows * 128)
    const output = device.allocate(rows * 4)
    const bools = { dtype: 'bool', accumulate: false } as const
    const fill = { value: 1, size: rows * 128, offset: 0 }
    device.run({ kind: 'copy', structure: bools, fill, pieces: [] }, [], [source], [])
    const row: RowKernel = {
      kind: 'row',
      structure: {
        inputs: ['bool'],
        stages: [{ reduction: 'sum', expression: input(0, 'bool') }],
        outputs: [{ per: 'row', expression: stage(0, 'int32') }],
      },
      spaces: [{ shape, kept: 1, inputs: [{ strides: [128, 1], offset: 0 }], outputs: [{ strides: [1], offset: 0 }] }],
    }
    device.run(row, [source], [output], [])
    const values = await device.read(output, { shape: [3], strides: [34999], offset: 1 }, 'int32')
    expect([...values]).toEqual([128, 128, 128])
  })
})
