import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DType, TypedArray } from '../dtype.js'
import { ArgumentError } from '../errors.js'
import { cellSlot, constant, type Expression, index, input } from '../expression/expression.js'
import { add, cast, less, mul, neg, sub, where } from '../expression/scalar-ops.js'
import type { MapKernel } from '../kernel.js'
import { addressOf, coordinatesOf, layoutsOf, sampleNumbers, shapes } from './layouts.fixture.js'
import { device, download, upload, vector } from './storages.fixture.js'

/** Runs one expression over a vector of each input. */
const mapVector = (
  expression: Expression,
  operands: readonly TypedArray[],
  dtypes: readonly DType[],
  length: number,
  cells: readonly number[] = [],
): TypedArray => {
  const output = device.allocate(length * 8)
  const kernel: MapKernel = {
    kind: 'map',
    structure: { inputs: dtypes, outputs: [expression] },
    spaces: [{ shape: [length], inputs: operands.map(() => vector), outputs: [vector] }],
  }
  device.run(kernel, operands.map(upload), [output], cells)
  return download(output, expression.dtype, length)
}

const x = input(0, 'float32')
const y = input(1, 'float32')

describe('map', () => {
  it('evaluates x·y − x at every place of any space, through any strides', () => {
    const layouts = shapes.chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        layoutsOf(shape, { mayRepeat: true }),
        layoutsOf(shape, { mayRepeat: true }),
        layoutsOf(shape, { mayRepeat: false }),
      ),
    )
    const structure = { inputs: ['float32', 'float32'] as const, outputs: [sub(mul(x, y), x)] }
    fc.assert(
      fc.property(layouts, ([shape, left, right, target]) => {
        const lefts = Float32Array.from(sampleNumbers(left.extent))
        const rights = Float32Array.from(sampleNumbers(right.extent, 11))
        const expected = new Float32Array(target.extent).fill(99)
        for (const place of coordinatesOf(shape)) {
          const value = lefts[addressOf(left, place)] ?? NaN
          expected[addressOf(target, place)] = value * (rights[addressOf(right, place)] ?? NaN) - value
        }
        const output = upload(new Float32Array(target.extent).fill(99))
        device.run(
          { kind: 'map', structure, spaces: [{ shape, inputs: [left, right], outputs: [target] }] },
          [upload(lefts), upload(rights)],
          [output],
          [],
        )
        expect(download(output, 'float32', target.extent)).toEqual(expected)
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  it('covers spaces longer than a block, also where axes do not merge', () => {
    const shape = [3, 50, 41]
    const permuted = { strides: [41, 123, 1], offset: 0 }
    const data = Float32Array.from(sampleNumbers(3 * 50 * 41))
    const output = device.allocate(data.byteLength)
    const kernel: MapKernel = {
      kind: 'map',
      structure: { inputs: ['float32'], outputs: [neg(x)] },
      spaces: [{ shape, inputs: [permuted], outputs: [{ strides: [2050, 41, 1], offset: 0 }] }],
    }
    device.run(kernel, [upload(data)], [output], [])
    const expected = coordinatesOf(shape).map((place) => -(data[addressOf(permuted, place)] ?? NaN))
    expect([...download(output, 'float32', 6150)]).toEqual(expected)
  })

  it('gives coordinates, cells and constants in their dtypes', () => {
    const expression = add(mul(index(1), cellSlot(0, 'int32')), add(index(0), constant(-1.9, 'int32')))
    const output = device.allocate(24)
    const kernel: MapKernel = {
      kind: 'map',
      structure: { inputs: [], outputs: [expression] },
      spaces: [{ shape: [2, 3], inputs: [], outputs: [{ strides: [3, 1], offset: 0 }] }],
    }
    device.run(kernel, [], [output], [10])
    const result = download(output, 'int32', 6)
    expect([...result]).toEqual([-1, 9, 19, 0, 10, 20])
  })

  it('reads a cell afresh at each run, and refuses a run without it', () => {
    const expression = mul(x, cellSlot(0, 'float32'))
    const data = Float32Array.of(1, 2)
    expect([...mapVector(expression, [data], ['float32'], 2, [3])]).toEqual([3, 6])
    expect([...mapVector(expression, [data], ['float32'], 2, [5])]).toEqual([5, 10])
    expect(() => mapVector(expression, [data], ['float32'], 2, [])).toThrow(ArgumentError)
  })

  it('rounds to float32 after every primitive', () => {
    // 2^24 + 1 is no float32: rounding in between loses the 1, rounding at the end would keep it.
    const expression = sub(add(x, constant(1, 'float32')), constant(2 ** 24, 'float32'))
    expect([...mapVector(expression, [Float32Array.of(2 ** 24)], ['float32'], 1)]).toEqual([0])
  })

  it('wraps int32 modulo 2^32', () => {
    const left = input(0, 'int32')
    const right = input(1, 'int32')
    const lefts = Int32Array.of(2147483647, 123456789)
    const rights = Int32Array.of(1, 987654321)
    const dtypes: DType[] = ['int32', 'int32']
    expect([...mapVector(add(left, right), [lefts, rights], dtypes, 2)]).toEqual([-2147483648, 1111111110])
    expect([...mapVector(mul(left, right), [lefts, rights], dtypes, 2)]).toEqual([2147483647, -67153019])
  })

  it('keeps bools at 0 and 1 under arithmetic', () => {
    const expression = add(input(0, 'bool'), input(1, 'bool'))
    expect([...mapVector(expression, [Uint8Array.of(1, 0), Uint8Array.of(1, 0)], ['bool', 'bool'], 2)]).toEqual([1, 0])
  })

  it('casts to int32 by truncation with saturation and NaN to 0, and to bool by x ≠ 0', () => {
    const data = Float32Array.of(1.9, -1.9, NaN, 1e20, -Infinity, 0)
    const integers = mapVector(cast(x, 'int32'), [data], ['float32'], 6)
    expect([...integers]).toEqual([1, -1, 0, 2147483647, -2147483648, 0])
    expect([...mapVector(cast(x, 'bool'), [data], ['float32'], 6)]).toEqual([1, 1, 1, 1, 1, 0])
  })

  it('computes all outputs before it stores one, so an update in place may feed another output', () => {
    const structure = { inputs: ['float32', 'float32'] as const, outputs: [add(x, y), sub(x, y)] }
    const space = { shape: [2], inputs: [vector, vector], outputs: [vector, vector] }
    const first = upload(Float32Array.of(1, 2))
    const second = upload(Float32Array.of(10, 20))
    device.run({ kind: 'map', structure, spaces: [space] }, [first, second], [first, second], [])
    expect([...download(first, 'float32', 2)]).toEqual([11, 22])
    expect([...download(second, 'float32', 2)]).toEqual([-9, -18])
  })

  it('runs the grouped form over spaces of different shapes', () => {
    const structure = { inputs: ['float32', 'float32'] as const, outputs: [where(less(x, y), x, y)] }
    const point = { strides: [], offset: 1 }
    const outputs = [device.allocate(8), device.allocate(8)]
    device.run(
      {
        kind: 'map',
        structure,
        spaces: [
          { shape: [2], inputs: [vector, vector], outputs: [vector] },
          { shape: [], inputs: [point, point], outputs: [point] },
        ],
      },
      [
        [1, 5],
        [2, 4],
        [7, 8],
        [0, 9],
      ].map((values) => upload(Float32Array.from(values))),
      outputs,
      [],
    )
    const read = outputs.map((output) => [...download(output, 'float32', 2)])
    expect(read).toEqual([
      [1, 4],
      [0, 8],
    ])
  })
})
