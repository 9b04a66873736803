import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DType, TypedArray } from '../dtype.js'
import { cellSlot, count, type Expression, index, input, stage } from '../expression/expression.js'
import { add, cast, div, exp, mul, sub } from '../expression/scalar-ops.js'
import type { Reduction, RowKernel, RowStructure } from '../kernel.js'
import { addressOf, coordinatesOf, layoutsOf, sampleNumbers, shapes } from './layouts.fixture.js'
import { device, download, upload, vector } from './storages.fixture.js'

const x = input(0, 'float32')

/** Reduces one vector to one number. */
const reduceVector = (reduction: Reduction, data: TypedArray, dtype: DType): number => {
  const stageDType = reduction.startsWith('arg') ? 'int32' : dtype
  const output = device.allocate(8)
  const kernel: RowKernel = {
    kind: 'row',
    structure: {
      inputs: [dtype],
      stages: [{ reduction, expression: input(0, dtype) }],
      outputs: [{ per: 'row', expression: stage(0, stageDType) }],
    },
    spaces: [{ shape: [data.length], kept: 0, inputs: [vector], outputs: [{ strides: [], offset: 0 }] }],
  }
  device.run(kernel, [upload(data)], [output], [])
  return download(output, stageDType, 1)[0] ?? NaN
}

describe('row', () => {
  it('reduces any trailing axes of any strided space and maps rows and elements', () => {
    // Sum and largest of a row; then a row output, and an element output that uses both stages and the count.
    const structure: RowStructure = {
      inputs: ['float32'],
      stages: [
        { reduction: 'max', expression: x },
        { reduction: 'sum', expression: sub(x, stage(0, 'float32')) },
      ],
      outputs: [
        { per: 'element', expression: add(mul(x, count('float32')), stage(1, 'float32')) },
        { per: 'row', expression: add(stage(0, 'float32'), stage(1, 'float32')) },
      ],
    }
    const cases = fc
      .tuple(shapes, fc.nat(4))
      .map(([shape, kept]) => ({ shape, kept: Math.min(kept, shape.length) }))
      .chain(({ shape, kept }) =>
        fc.tuple(
          fc.constant({ shape, kept }),
          layoutsOf(shape, { mayRepeat: true }),
          layoutsOf(shape, { mayRepeat: false }),
          layoutsOf(shape.slice(0, kept), { mayRepeat: false }),
        ),
      )
    fc.assert(
      fc.property(cases, ([{ shape, kept }, source, elementTarget, rowTarget]) => {
        const data = Float32Array.from(sampleNumbers(source.extent))
        const elements = new Float32Array(elementTarget.extent).fill(99)
        const rows = new Float32Array(rowTarget.extent).fill(99)
        const reducedPlaces = coordinatesOf(shape.slice(kept))
        for (const row of coordinatesOf(shape.slice(0, kept))) {
          const values = reducedPlaces.map((place) => data[addressOf(source, [...row, ...place])] ?? NaN)
          const largest = Math.max(...values)
          // Quarters below 8: every sum is exact in float32.
          const sum = values.reduce((total, value) => total + (value - largest), 0)
          rows[addressOf(rowTarget, row)] = largest + sum
          reducedPlaces.forEach((place, at) => {
            elements[addressOf(elementTarget, [...row, ...place])] = (values[at] ?? NaN) * values.length + sum
          })
        }
        const outputs = [elementTarget, rowTarget].map(({ extent }) => upload(new Float32Array(extent).fill(99)))
        device.run(
          {
            kind: 'row',
            structure,
            spaces: [{ shape, kept, inputs: [source], outputs: [elementTarget, rowTarget] }],
          },
          [upload(data)],
          outputs,
          [],
        )
        const [elementOutput, rowOutput] = outputs as [(typeof outputs)[0], (typeof outputs)[0]]
        expect(download(elementOutput, 'float32', elementTarget.extent)).toEqual(elements)
        expect(download(rowOutput, 'float32', rowTarget.extent)).toEqual(rows)
      }),
      { seed: 3, numRuns: 300 },
    )
  })

  it('computes a softmax in place, over rows longer than a block and rows that share one', () => {
    const largest = stage(0, 'float32')
    const structure: RowStructure = {
      inputs: ['float32'],
      stages: [
        { reduction: 'max', expression: x },
        { reduction: 'sum', expression: exp(sub(x, largest)) },
      ],
      outputs: [{ per: 'element', expression: div(exp(sub(x, largest)), stage(1, 'float32')) }],
    }
    for (const [rows, columns] of [
      [3, 2500],
      [700, 3],
    ] as const) {
      const data = Float32Array.from(sampleNumbers(rows * columns))
      const storage = upload(data)
      const access = { strides: [columns, 1], offset: 0 }
      const space = { shape: [rows, columns], kept: 1, inputs: [access], outputs: [access] }
      device.run({ kind: 'row', structure, spaces: [space] }, [storage], [storage], [])
      const result = download(storage, 'float32', rows * columns)
      for (let row = 0; row < rows; row++) {
        const values = [...data.subarray(row * columns, (row + 1) * columns)]
        const peak = Math.max(...values)
        const total = Math.fround(values.reduce((sum, value) => sum + Math.fround(Math.exp(value - peak)), 0))
        const expected = values.map((value) => Math.fround(Math.fround(Math.exp(value - peak)) / total))
        expect([...result.subarray(row * columns, (row + 1) * columns)]).toEqual(expected)
      }
    }
  })

  it('accumulates in float64 and rounds at the end of the stage', () => {
    expect(reduceVector('sum', Float32Array.of(2 ** 24, 1, 1, -(2 ** 24)), 'float32')).toBe(2)
    expect(reduceVector('prod', Float32Array.of(1e30, 1e30, 1e-30, 1e-30), 'float32')).toBeCloseTo(1, 6)
  })

  it('counts int32 modulo 2^32 and bool in int32', () => {
    expect(reduceVector('sum', Int32Array.of(2147483647, 2), 'int32')).toBe(-2147483647)
    expect(reduceVector('prod', Int32Array.of(2147483647, 2147483647, 5), 'int32')).toBe(5)
    const output = device.allocate(4)
    const kernel: RowKernel = {
      kind: 'row',
      structure: {
        inputs: ['bool'],
        stages: [{ reduction: 'sum', expression: cast(input(0, 'bool'), 'int32') }],
        outputs: [{ per: 'row', expression: stage(0, 'int32') }],
      },
      spaces: [{ shape: [3], kept: 0, inputs: [vector], outputs: [{ strides: [], offset: 0 }] }],
    }
    device.run(kernel, [upload(Uint8Array.of(1, 1, 1))], [output], [])
    expect(download(output, 'int32', 1)[0]).toBe(3)
  })

  it('gives the identities for empty rows', () => {
    const empty = new Float32Array(0)
    expect(reduceVector('sum', empty, 'float32')).toBe(0)
    expect(reduceVector('prod', empty, 'float32')).toBe(1)
    expect(reduceVector('max', empty, 'float32')).toBe(-Infinity)
    expect(reduceVector('min', empty, 'float32')).toBe(Infinity)
    expect(reduceVector('max', new Int32Array(0), 'int32')).toBe(-2147483648)
    expect(reduceVector('max', new Uint8Array(0), 'bool')).toBe(0)
    expect(reduceVector('min', new Uint8Array(0), 'bool')).toBe(1)
  })

  it('lets NaN through max and min, and takes the first NaN as the place of either extreme', () => {
    const data = Float32Array.of(1, NaN, 3, NaN)
    expect(reduceVector('max', data, 'float32')).toBeNaN()
    expect(reduceVector('min', data, 'float32')).toBeNaN()
    expect(reduceVector('argmax', data, 'float32')).toBe(1)
    expect(reduceVector('argmin', data, 'float32')).toBe(1)
  })

  it('gives the first place of ties, also where all are infinite, also beyond a block', () => {
    expect(reduceVector('argmax', Float32Array.of(1, 5, 5, 2), 'float32')).toBe(1)
    expect(reduceVector('argmin', Float32Array.of(3, 1, 1), 'float32')).toBe(1)
    expect(reduceVector('argmax', Float32Array.of(-Infinity, -Infinity), 'float32')).toBe(0)
    const long = new Float32Array(3000)
    long[2500] = 1
    long[2900] = 1
    expect(reduceVector('argmax', long, 'float32')).toBe(2500)
  })

  it('gives cells, coordinates and unmoving inputs to row outputs', () => {
    const scale = input(1, 'float32')
    const expression: Expression = add(
      mul(stage(0, 'float32'), scale),
      mul(cast(index(0), 'float32'), cellSlot(0, 'float32')),
    )
    const output = device.allocate(8)
    const kernel: RowKernel = {
      kind: 'row',
      structure: {
        inputs: ['float32', 'float32'],
        stages: [{ reduction: 'sum', expression: x }],
        outputs: [{ per: 'row', expression }],
      },
      spaces: [
        {
          shape: [2, 2],
          kept: 1,
          inputs: [
            { strides: [2, 1], offset: 0 },
            { strides: [1, 0], offset: 0 },
          ],
          outputs: [vector],
        },
      ],
    }
    device.run(kernel, [upload(Float32Array.of(1, 2, 3, 4)), upload(Float32Array.of(10, 100))], [output], [5])
    expect([...download(output, 'float32', 2)]).toEqual([30, 705])
  })

  it('runs the grouped form', () => {
    const structure: RowStructure = {
      inputs: ['float32'],
      stages: [{ reduction: 'sum', expression: mul(x, x) }],
      outputs: [{ per: 'row', expression: stage(0, 'float32') }],
    }
    const point = { strides: [], offset: 0 }
    const outputs = [device.allocate(4), device.allocate(4)]
    device.run(
      {
        kind: 'row',
        structure,
        spaces: [
          { shape: [2], kept: 0, inputs: [vector], outputs: [point] },
          { shape: [3], kept: 0, inputs: [vector], outputs: [point] },
        ],
      },
      [upload(Float32Array.of(3, 4)), upload(Float32Array.of(1, 2, 2))],
      outputs,
      [],
    )
    expect(outputs.map((output) => download(output, 'float32', 1)[0])).toEqual([25, 9])
  })

  it('updates a row operand in place while elements are still read', () => {
    // Both outputs read the operand that the row output replaces.
    const running = input(1, 'float32')
    const structure: RowStructure = {
      inputs: ['float32', 'float32'],
      stages: [{ reduction: 'sum', expression: x }],
      outputs: [
        { per: 'row', expression: add(running, stage(0, 'float32')) },
        { per: 'element', expression: mul(x, running) },
      ],
    }
    const length = 2100
    const data = upload(new Float32Array(length).fill(1))
    const state = upload(Float32Array.of(7))
    const space = {
      shape: [1, length],
      kept: 1,
      inputs: [
        { strides: [length, 1], offset: 0 },
        { strides: [1, 0], offset: 0 },
      ],
      outputs: [vector, { strides: [length, 1], offset: 0 }],
    }
    device.run({ kind: 'row', structure, spaces: [space] }, [data, state], [state, data], [])
    expect(download(state, 'float32', 1)[0]).toBe(length + 7)
    expect(new Set(download(data, 'float32', length))).toEqual(new Set([7]))
  })
})
