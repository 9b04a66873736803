import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { input, stage } from '../expression/expression.js'
import { add, cast, maximum, mul } from '../expression/scalar-ops.js'
import type { MatmulKernel } from '../kernel.js'
import { addressOf, coordinatesOf, layoutsOf, sampleNumbers } from './layouts.fixture.js'
import { device, download, upload } from './storages.fixture.js'

const sizes = fc.record({
  batch: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
  rows: fc.integer({ min: 0, max: 6 }),
  columns: fc.integer({ min: 0, max: 6 }),
  inner: fc.integer({ min: 0, max: 9 }),
})

const dense = (rows: number, columns: number, inner: number, dtype: 'float32' | 'int32'): MatmulKernel => ({
  kind: 'matmul',
  structure: { dtype },
  batch: [],
  rows,
  columns,
  inner,
  a: { strides: [inner, 1], offset: 0 },
  b: { strides: [columns, 1], offset: 0 },
  output: { strides: [columns, 1], offset: 0 },
  epilogueInputs: [],
})

describe('matmul', () => {
  it('is the sum of products over the inner axis, for any sizes and strides', () => {
    const cases = sizes.chain((size) =>
      fc.tuple(
        fc.constant(size),
        layoutsOf([...size.batch, size.rows, size.inner], { mayRepeat: true }),
        layoutsOf([...size.batch, size.inner, size.columns], { mayRepeat: true }),
        layoutsOf([...size.batch, size.rows, size.columns], { mayRepeat: false }),
      ),
    )
    fc.assert(
      fc.property(cases, ([{ batch, rows, columns, inner }, a, b, target]) => {
        const left = Float32Array.from(sampleNumbers(a.extent))
        const right = Float32Array.from(sampleNumbers(b.extent, 5))
        const expected = new Float32Array(target.extent).fill(99)
        for (const place of coordinatesOf([...batch, rows, columns])) {
          const outer = place.slice(0, -2)
          const [row = 0, column = 0] = place.slice(-2)
          // Quarters below 8 have products and sums of products that float64 holds exactly, in any order.
          let sum = 0
          for (let k = 0; k < inner; k++) {
            sum += (left[addressOf(a, [...outer, row, k])] ?? NaN) * (right[addressOf(b, [...outer, k, column])] ?? NaN)
          }
          expected[addressOf(target, place)] = sum
        }
        const output = upload(new Float32Array(target.extent).fill(99))
        const kernel: MatmulKernel = {
          ...dense(rows, columns, inner, 'float32'),
          batch,
          a,
          b,
          output: target,
        }
        device.run(kernel, [upload(left), upload(right)], [output], [])
        expect(download(output, 'float32', target.extent)).toEqual(expected)
      }),
      { seed: 2, numRuns: 200 },
    )
  })

  it('accumulates in float64 and rounds once', () => {
    const output = device.allocate(4)
    const inputs = [upload(Float32Array.of(2 ** 24, 1, 1, -(2 ** 24))), upload(Float32Array.of(1, 1, 1, 1))]
    device.run(dense(1, 1, 4, 'float32'), inputs, [output], [])
    expect(download(output, 'float32', 1)[0]).toBe(2)
  })

  it('wraps int32 products and sums', () => {
    const left = [2147483647, 2147483647, 123456789]
    const right = [2147483647, 3, 987654321]
    const output = device.allocate(4)
    device.run(dense(1, 1, 3, 'int32'), [upload(Int32Array.from(left)), upload(Int32Array.from(right))], [output], [])
    const exact = left.reduce((sum, value, at) => sum + BigInt(value) * BigInt(right[at] ?? 0), 0n)
    const result = download(output, 'int32', 1)[0]
    expect(result).toBe(Number(BigInt.asIntN(32, exact)))
  })

  it('lets NaN through a product with 0', () => {
    const output = device.allocate(4)
    device.run(
      dense(1, 1, 2, 'float32'),
      [upload(Float32Array.of(0, 1)), upload(Float32Array.of(NaN, 1))],
      [output],
      [],
    )
    expect(download(output, 'float32', 1)[0]).toBeNaN()
  })

  it('applies the epilogue to the rounded contraction, with operands broadcast, also in place', () => {
    const contraction = stage(0, 'float32')
    const bias = input(0, 'float32')
    const residual = input(1, 'float32')
    const mask = cast(input(2, 'bool'), 'float32')
    const kernel: MatmulKernel = {
      ...dense(2, 2, 1, 'float32'),
      structure: {
        dtype: 'float32',
        epilogue: {
          inputs: ['float32', 'float32', 'bool'],
          expression: add(mul(maximum(add(contraction, bias), mul(bias, mask)), mask), residual),
        },
      },
      epilogueInputs: [
        { strides: [0, 1], offset: 0 },
        { strides: [2, 1], offset: 0 },
        { strides: [1, 0], offset: 0 },
      ],
    }
    const output = upload(Float32Array.of(100, 200, 300, 400))
    const inputs = [
      upload(Float32Array.of(1, 2)),
      upload(Float32Array.of(10, -20)),
      upload(Float32Array.of(5, 6)),
      output,
      upload(Uint8Array.of(1, 0)),
    ]
    device.run(kernel, inputs, [output], [])
    const result = download(output, 'float32', 4)
    // Contractions 10, −20, 20, −40; plus bias 15, −14; the second row is masked.
    expect([...result]).toEqual([115, 206, 300, 400])
  })
})
