import {
  type Access,
  cellSlot,
  constant,
  type DType,
  type Expression,
  index,
  input,
  type MapKernel,
  type ScalarOp,
  scalar,
  scalarOps,
} from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultCapabilities } from '../capabilities.js'
import {
  contents,
  download,
  expectLikeReference,
  floats,
  runOn,
  sampleNumbers,
  unset,
  upload,
  webgpu,
} from '../testing/both-devices.js'
import { layoutsOf, shapes } from '../testing/layouts.js'
import { wgslOf } from '../wgsl-of.js'

const { add, cast, less, mul, sub, where } = scalarOps
const x = input(0, 'float32')
const y = input(1, 'float32')
const line: Access = { strides: [1], offset: 0 }

/** A map over a vector of each operand. */
const vectorMap = (inputs: readonly DType[], outputs: readonly Expression[], length: number): MapKernel => ({
  kind: 'map',
  structure: { inputs, outputs },
  spaces: [{ shape: [length], inputs: inputs.map(() => line), outputs: outputs.map(() => line) }],
})

const extremes = [0, -0, 1, -1, 0.5, -2.5, 3.5, 1e-3, 90, -90, 3e38, -3e38, 1e10, Infinity, -Infinity, NaN]

/** Largest difference from float64 rounded to float32, relative to max(1, |value|): a few units in the last place. */
const rounding = 5e-7

describe('map', () => {
  it('evaluates expressions at every place of any space, through any strides', async () => {
    const layouts = shapes.chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        layoutsOf(shape, true),
        layoutsOf(shape, true),
        layoutsOf(shape, false),
        layoutsOf(shape, false),
      ),
    )
    const structure = { inputs: ['float32', 'float32'] as const, outputs: [sub(mul(x, y), x), less(x, y)] }
    await fc.assert(
      fc.asyncProperty(layouts, async ([shape, left, right, first, second]) => {
        const space = { shape, inputs: [left, right], outputs: [first, second] }
        const kernel: MapKernel = { kind: 'map', structure, spaces: [space] }
        const inputs = [floats(left.extent), floats(right.extent, 11)]
        await expectLikeReference(kernel, {
          inputs,
          outputs: [unset('float32', first.extent), unset('bool', second.extent)],
        })
      }),
      { seed: 1, numRuns: 60 },
    )
  })

  const floatOps: readonly ScalarOp[] = [
    'add sub mul div neg abs sign pow maximum minimum floor ceil round sqrt exp expm1 log log1p sin cos atan tanh erf sigmoid',
    'equal less lessEqual where',
  ].flatMap((names) => names.split(' ') as ScalarOp[])

  it.each(floatOps)('%s of floats treats zeros, infinities and NaN as the CPU does', async (op) => {
    const pairs = extremes.flatMap((left) => extremes.map((right) => [left, right] as const))
    const operands = op === 'where' ? [less(x, y), x, y] : [x, y]
    const dtype = ['equal', 'less', 'lessEqual'].includes(op) ? 'bool' : 'float32'
    const inputs = [
      contents(
        'float32',
        pairs.map(([left]) => left),
      ),
      contents(
        'float32',
        pairs.map(([, right]) => right),
      ),
    ]
    const kernel = vectorMap(['float32', 'float32'], [scalar(op, dtype, operands)], pairs.length)
    await expectLikeReference(kernel, { inputs, outputs: [unset(dtype, pairs.length)] }, rounding)
  })

  it.each(['add', 'sub', 'mul', 'neg', 'abs', 'sign', 'maximum', 'minimum', 'equal', 'less', 'lessEqual'] as const)(
    '%s of int32 wraps and compares as the CPU does',
    async (op) => {
      const numbers = [0, 1, -1, 7, -7, 46341, 2147483647, -2147483648, 123456789]
      const pairs = numbers.flatMap((left) => numbers.map((right) => [left, right] as const))
      const dtype = ['equal', 'less', 'lessEqual'].includes(op) ? 'bool' : 'int32'
      const expression = scalar(op, dtype, [input(0, 'int32'), input(1, 'int32')])
      const inputs = [
        contents(
          'int32',
          pairs.map(([left]) => left),
        ),
        contents(
          'int32',
          pairs.map(([, right]) => right),
        ),
      ]
      const outputs = [unset(dtype, pairs.length)]
      await expectLikeReference(vectorMap(['int32', 'int32'], [expression], pairs.length), { inputs, outputs })
    },
  )

  it.each(['add', 'mul', 'maximum', 'minimum', 'equal', 'less', 'lessEqual', 'logicalAnd', 'logicalOr'] as const)(
    '%s of bool gives 0 and 1',
    async (op) => {
      const expression = scalar(op, 'bool', [input(0, 'bool'), input(1, 'bool')])
      const inputs = [contents('bool', [0, 0, 1, 1, 0]), contents('bool', [0, 1, 0, 1, 0])]
      await expectLikeReference(vectorMap(['bool', 'bool'], [expression], 5), { inputs, outputs: [unset('bool', 5)] })
    },
  )

  it('casts by truncation with saturation, NaN to 0, and to bool by x ≠ 0', async () => {
    const inputs = [contents('float32', [...extremes, 1.9, -1.9, 2147483647, 1e-40])]
    const count = extremes.length + 4
    const outputs = [cast(x, 'int32'), cast(x, 'bool'), cast(cast(x, 'bool'), 'float32')]
    await expectLikeReference(vectorMap(['float32'], outputs, count), {
      inputs,
      outputs: [unset('int32', count), unset('bool', count), unset('float32', count)],
    })
  })

  it('gives the bits of infinities, NaN and negative zero as constants', async () => {
    const chosen = (value: number): Expression => where(less(x, constant(0, 'float32')), constant(value, 'float32'), x)
    const outputs = [Infinity, -Infinity, NaN, -0].map(chosen)
    const got = await runOn(webgpu, vectorMap(['float32'], outputs, 1), {
      inputs: [contents('float32', [-1])],
      outputs: outputs.map(() => unset('float32', 1)),
    })
    expect(got.map(([value]) => value)).toEqual([Infinity, -Infinity, NaN, -0])
  })

  it('gives coordinates, cells and constants in their dtypes', async () => {
    const expression = add(mul(index(1), cellSlot(0, 'int32')), add(index(0), constant(-1.9, 'int32')))
    const other = where(
      cellSlot(1, 'bool'),
      mul(cast(index(2), 'float32'), cellSlot(2, 'float32')),
      constant(3, 'float32'),
    )
    const kernel: MapKernel = {
      kind: 'map',
      structure: { inputs: [], outputs: [expression, other] },
      spaces: [
        {
          shape: [2, 3, 4],
          inputs: [],
          outputs: [
            { strides: [12, 4, 1], offset: 0 },
            { strides: [12, 4, 1], offset: 0 },
          ],
        },
      ],
    }
    const outputs = [unset('int32', 24), unset('float32', 24)]
    await expectLikeReference(kernel, { inputs: [], outputs, cells: [10, 1, 0.25] })
    await expectLikeReference(kernel, { inputs: [], outputs, cells: [-3.7, 0, 0.25] })
  })

  it('writes bool elements without touching their neighbours in the same word', async () => {
    const kernel: MapKernel = {
      kind: 'map',
      structure: { inputs: ['float32'], outputs: [less(x, constant(0, 'float32'))] },
      spaces: [{ shape: [9], inputs: [line], outputs: [{ strides: [1], offset: 4 }] }],
    }
    await expectLikeReference(kernel, { inputs: [floats(9)], outputs: [unset('bool', 20)] })
  })

  it('updates in place', async () => {
    const kernel = vectorMap(['float32', 'float32'], [add(x, y), sub(x, y)], 100)
    const operands = { inputs: [floats(100), floats(100, 5)], outputs: [{ inPlaceOf: 0 }, { inPlaceOf: 1 }] }
    await expectLikeReference(kernel, operands)
  })

  it('changes the dtype in place', async () => {
    const kernel = vectorMap(['int32'], [cast(input(0, 'int32'), 'float32')], 12)
    const got = await runOn(webgpu, kernel, {
      inputs: [contents('int32', [...Array(12).keys()])],
      outputs: [{ inPlaceOf: 0 }],
    })
    // What is read back as int32 are the bits of the floats.
    const bits = Int32Array.from(got[0] ?? [])
    expect([...new Float32Array(bits.buffer)]).toEqual([...Array(12).keys()])
  })

  it('runs the grouped form over more storages than one dispatch can bind', async () => {
    const count = 11
    const kernel: MapKernel = {
      kind: 'map',
      structure: { inputs: ['float32', 'float32'], outputs: [sub(x, mul(y, cellSlot(0, 'float32')))] },
      spaces: Array.from({ length: count }, (_, space) => {
        const shape = space % 3 === 0 ? [5, space + 1] : [space + 2]
        const access = { strides: space % 3 === 0 ? [space + 1, 1] : [1], offset: 0 }
        return { shape, inputs: [access, access], outputs: [access] }
      }),
    }
    const sizes = kernel.spaces.map(({ shape }) => shape.reduce((product, size) => product * size, 1))
    await expectLikeReference(kernel, {
      inputs: sizes.flatMap((size) => [floats(size), floats(size, 3)]),
      outputs: sizes.map((_, space) => ({ inPlaceOf: 2 * space })),
      cells: [0.5],
    })
    const dispatches = wgslOf(kernel).length
    // Each space binds three storages when none is shared, and a device with default limits has eight.
    expect(dispatches).toBe(Math.ceil(count / Math.floor(defaultCapabilities.storageBuffers / 3)))
  })

  it('does nothing over a space without elements', async () => {
    await expectLikeReference(vectorMap(['float32'], [x], 0), { inputs: [floats(0)], outputs: [unset('float32', 3)] })
  })

  it('shares subexpressions', () => {
    const shared = mul(x, y)
    const [text] = wgslOf(vectorMap(['float32', 'float32'], [add(shared, mul(shared, shared))], 4))
    expect(text?.wgsl.match(/in0 \* in1/g)).toHaveLength(1)
  })

  it('reads what the host wrote in odd lengths', async () => {
    const storage = upload(webgpu, contents('bool', [1, 0, 1]))
    expect([...(await download(webgpu, storage, 'bool', 3))]).toEqual([1, 0, 1])
    expect([...(await webgpu.read(storage, { shape: [2], strides: [1], offset: 1 }, 'bool'))]).toEqual([0, 1])
    expect([...(await webgpu.read(storage, { shape: [2, 2], strides: [-1, 0], offset: 2 }, 'bool'))]).toEqual([
      1, 1, 0, 0,
    ])
  })

  it('gives sampled numbers back through views of every kind', async () => {
    const numbers = sampleNumbers(24)
    const storage = upload(webgpu, contents('float32', numbers))
    const view = { shape: [3, 4], strides: [-8, 2], offset: 16 }
    const right = [16, 18, 20, 22, 8, 10, 12, 14, 0, 2, 4, 6].map((at) => numbers[at])
    expect([...(await webgpu.read(storage, view, 'float32'))]).toEqual(right)
  })
})
