import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  all,
  any,
  argmax,
  argmin,
  type Axes,
  cumsum,
  logSumExp,
  max,
  mean,
  min,
  norm,
  prod,
  type ReduceOptions,
  std,
  sum,
  type Tensor,
  tensor,
  variance,
} from '../index.js'
import { coordinatesOf } from '../reference/layouts.fixture.js'
import { expectClose } from '../testing/expect-close.js'
import { spread } from '../testing/sample-data.js'
import { at, type Dense, dense, tensorOf } from './dense-model.fixture.js'

/** A shape without empty axes, some of its axes, and whether to keep them. */
const uses = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc.subarray(
      shape.map((_, axis) => axis),
      { minLength: 0 },
    ),
    negative: fc.boolean(),
    keepDims: fc.boolean(),
    seed: fc.integer({ min: 1, max: 100 }),
  }),
)

/** What reducing means: the numbers of each row, in order, through a function of the host. */
const reduced = (model: Dense, axes: readonly number[], keepDims: boolean, host: (row: number[]) => number): Dense => {
  const kept = model.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const rows = dense(kept, (coordinate) =>
    host(
      coordinatesOf(model.shape)
        .filter((other) => other.every((index, axis) => axes.includes(axis) || index === coordinate[axis]))
        .map((other) => at(model, other)),
    ),
  )
  return keepDims ? rows : { shape: model.shape.filter((_, axis) => !axes.includes(axis)), data: rows.data }
}

const total = (row: readonly number[]): number => row.reduce((known, x) => known + x, 0)
const average = (row: readonly number[]): number => total(row) / row.length
const squares = (row: readonly number[]): number => total(row.map((x) => (x - average(row)) ** 2))

type Reduce = (x: Tensor, axis?: Axes, options?: ReduceOptions) => Tensor

const reductions: readonly (readonly [name: string, run: Reduce, host: (row: number[]) => number])[] = [
  ['sum', sum, total],
  ['mean', mean, average],
  ['prod', prod, (row) => row.reduce((known, x) => known * x, 1)],
  ['max', max, (row) => Math.max(...row)],
  ['min', min, (row) => Math.min(...row)],
  ['variance', variance, (row) => squares(row) / (row.length - 1)],
  [
    'variance with correction 0',
    (x, axis, options) => variance(x, axis, { ...options, correction: 0 }),
    (row) => squares(row) / row.length,
  ],
  ['std', std, (row) => Math.sqrt(squares(row) / (row.length - 1))],
  ['logSumExp', logSumExp, (row) => Math.log(total(row.map(Math.exp)))],
  [
    'norm',
    (x, axis, options) => norm(x, { ...(axis !== undefined && { axis }), ...options }),
    (row) => Math.hypot(...row),
  ],
  [
    'norm of order 1',
    (x, axis, options) => norm(x, { p: 1, ...(axis !== undefined && { axis }), ...options }),
    (row) => total(row.map(Math.abs)),
  ],
  [
    'norm of order ∞',
    (x, axis, options) => norm(x, { p: Infinity, ...(axis !== undefined && { axis }), ...options }),
    (row) => Math.max(...row.map(Math.abs)),
  ],
  [
    'norm of order 3',
    (x, axis, options) => norm(x, { p: 3, ...(axis !== undefined && { axis }), ...options }),
    (row) => Math.cbrt(total(row.map((x) => Math.abs(x) ** 3))),
  ],
  ['all', (x, axis, options) => all(x.greater(-1), axis, options), (row) => Number(row.every((x) => x > -1))],
  ['any', (x, axis, options) => any(x.greater(1), axis, options), (row) => Number(row.some((x) => x > 1))],
]

describe('reductions over any axes', () => {
  test.each(reductions)('%s reduces each row', (name, run, host) => {
    fc.assert(
      fc.property(uses, ({ shape, axes, negative, keepDims, seed }) => {
        const data = spread(
          shape.reduce((product, size) => product * size, 1),
          { seed },
        )
        const named = negative ? axes.map((axis) => axis - shape.length) : axes
        const expected = reduced({ shape, data }, axes, keepDims, host)
        const actual = run(tensorOf({ shape, data }, 'float64'), named, { keepDims })
        expect(actual.shape).toEqual(expected.shape)
        // Up to 256 terms in float64.
        expectClose(actual.dataSync(), expected.data, { relative: 1e-12, absolute: 1e-12 }, name)
      }),
    )
  })

  test.each(reductions)('%s over all axes is the default, one axis may stand alone', (_, run) => {
    const x = tensor([
      [1, 2],
      [3, 5],
    ])
    expect(run(x).shape).toEqual([])
    expect(run(x, undefined, { keepDims: true }).shape).toEqual([1, 1])
    expect([...run(x).dataSync()]).toEqual([...run(x, [1, 0]).dataSync()])
    expect([...run(x, -1).dataSync()]).toEqual([...run(x, [1]).dataSync()])
  })
})

describe('places of extremes', () => {
  test.each<readonly [name: string, run: typeof argmax, beats: (x: number, best: number) => boolean]>([
    ['argmax', argmax, (x, best) => x > best],
    ['argmin', argmin, (x, best) => x < best],
  ])('%s is the first place along the axis', (_, run, beats) => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }).chain((shape) =>
          fc.record({
            shape: fc.constant(shape),
            axis: fc.nat({ max: shape.length - 1 }),
            keepDims: fc.boolean(),
            // Few different numbers, so that many tie.
            numbers: fc.infiniteStream(fc.integer({ min: 0, max: 2 })),
          }),
        ),
        ({ shape, axis, keepDims, numbers }) => {
          const model = dense(shape, () => numbers.next().value as number)
          const first = (row: readonly number[]): number =>
            row.reduce((best, x, place) => (beats(x, row[best] ?? 0) ? place : best), 0)
          const expected = reduced(model, [axis], keepDims, first)
          const actual = run(tensorOf(model), axis, { keepDims })
          expect([actual.shape, actual.dtype, [...actual.dataSync()]]).toEqual([expected.shape, 'int32', expected.data])
          expect([...run(tensorOf(model)).dataSync()]).toEqual([first(model.data)])
        },
      ),
    )
  })
})

describe('cumsum', () => {
  test('adds up along its axis', () => {
    fc.assert(
      fc.property(uses, ({ shape, seed }) => {
        const data = spread(
          shape.reduce((product, size) => product * size, 1),
          { seed, low: 0 },
        ).map((x) => Math.round(x * 4))
        const model = { shape, data }
        shape.forEach((_, axis) => {
          const expected = dense(shape, (coordinate) => {
            const end = coordinate[axis] ?? 0
            return total(
              Array.from({ length: end + 1 }, (_unused, place) =>
                at(
                  model,
                  coordinate.map((index, other) => (other === axis ? place : index)),
                ),
              ),
            )
          })
          expect([...cumsum(tensorOf(model), axis).dataSync()]).toEqual(expected.data)
        })
      }),
    )
  })
})

describe('reductions without elements', () => {
  test('have the identity where there is one', () => {
    const none = tensor([], { shape: [2, 0] })
    expect([...sum(none, 1).dataSync()]).toEqual([0, 0])
    expect([...prod(none, 1).dataSync()]).toEqual([1, 1])
    expect([...all(none, 1).dataSync()]).toEqual([1, 1])
    expect([...any(none, 1).dataSync()]).toEqual([0, 0])
    expect([...mean(none, 1).dataSync()]).toEqual([Number.NaN, Number.NaN])
    expect([...logSumExp(none, 1).dataSync()]).toEqual([-Infinity, -Infinity])
    expect([...norm(none, { axis: 1 }).dataSync()]).toEqual([0, 0])
  })

  test('over an axis of other size give no element', () => {
    const none = tensor([], { shape: [2, 0] })
    for (const [, run] of reductions) expect(run(none, 0).shape).toEqual([0])
    expect(argmax(tensor([], { shape: [0, 2] }), 1).shape).toEqual([0])
  })

  test.each([max, min])('%o refuses to choose from nothing', (run) => {
    expect(() => run(tensor([], { shape: [2, 0] }), 1)).toThrow(
      'with an empty axis to reduce, expected at least one element',
    )
    expect(() => run(tensor([]))).toThrow('An empty maximum has no value; reduce other axes.')
  })

  test.each([argmax, argmin])('%o refuses to choose from nothing', (run) => {
    expect(() => run(tensor([], { shape: [2, 0] }), 1)).toThrow('expected at least one element along the axis')
  })
})

describe('numerical care', () => {
  test('variance does not cancel far from 0', () => {
    const x = tensor(Float32Array.from({ length: 1000 }, (_, place) => 10_000 + (place % 2)))
    // Deviations of exactly ½ in 1000 elements.
    expect(variance(x, undefined, { correction: 0 }).dataSync()[0]).toBe(0.25)
  })

  test('logSumExp neither overflows nor underflows', () => {
    expect(logSumExp(tensor([1000, 1000])).dataSync()[0]).toBeCloseTo(1000 + Math.LN2, 3)
    expect(logSumExp(tensor([-1000, -1000])).dataSync()[0]).toBeCloseTo(-1000 + Math.LN2, 3)
  })
})

describe('a scalar', () => {
  test.each([0, -1])('is reduced along axis %s to itself', (axis) => {
    const x = tensor(3)
    expect([sum, prod, max, min, mean, logSumExp].map((op) => op(x, axis).toString())).toEqual(
      new Array<string>(6).fill('tensor(3, float32)'),
    )
    expect([argmax, argmin].map((op) => op(x, axis).toString())).toEqual(['tensor(0, int32)', 'tensor(0, int32)'])
  })
})
