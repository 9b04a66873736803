import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dot, linear, matmul, outer, tensor } from '../index.js'
import { broadcastShapes } from '../shape.js'
import { placeInput, type InputView } from '../testing/sample-input.js'
import { at, broadcastAt, type Dense, dense, modelOf } from './dense-model.fixture.js'

const size = fc.integer({ min: 0, max: 5 })
const views = fc.constantFrom<InputView>('dense', 'offset', 'transposed', 'reversed', 'sliced', 'flipped')

/** Batch shapes that broadcast with each other. */
const batches = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }).chain((batch) => {
  const cut = fc
    .tuple(fc.nat({ max: batch.length }), fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }))
    .map(([drop, ones]) => batch.map((length, axis) => (ones[axis] ? 1 : length)).slice(drop))
  return fc.tuple(cut, cut)
})

/** Small whole numbers, whose products add up exactly in float32. */
const numbers = (length: number, seed: number): number[] =>
  Array.from({ length }, (_, place) => ((place * 7 + seed * 13) % 11) - 5)

const input = (shape: readonly number[], view: InputView, seed: number) => ({
  data: numbers(
    shape.reduce((product, length) => product * length, 1),
    seed,
  ),
  shape,
  dtype: 'float32' as const,
  view,
})

/** Σ over the inner axis, read out. */
const product = (a: Dense, b: Dense): Dense => {
  const inner = a.shape.at(-1) ?? 0
  const batch = broadcastShapes('matmul', [a.shape.slice(0, -2), b.shape.slice(0, -2)])
  return dense([...batch, a.shape.at(-2) ?? 0, b.shape.at(-1) ?? 0], (coordinate) => {
    const [row = 0, column = 0] = coordinate.slice(-2)
    const place = coordinate.slice(0, -2)
    let sum = 0
    for (let k = 0; k < inner; k++) sum += broadcastAt(a, [...place, row, k]) * broadcastAt(b, [...place, k, column])
    return sum
  })
}

describe('matmul', () => {
  test('sums over the inner axis, batches broadcast, operands lie in any way', () => {
    fc.assert(
      fc.property(batches, size, size, size, views, views, ([left, right], rows, inner, columns, aView, bView) => {
        const a = input([...left, rows, inner], aView, 1)
        const b = input([...right, inner, columns], bView, 2)
        expect(modelOf(matmul(placeInput(a), placeInput(b)))).toEqual(product(a, b))
      }),
      { numRuns: 300 },
    )
  })

  test('takes vectors as rows on the left and columns on the right', () => {
    const v = tensor([1, 2])
    const m = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ])
    expect([matmul(v, m).shape, [...matmul(v, m).dataSync()]]).toEqual([[3], [9, 12, 15]])
    expect([...matmul(m.transpose(0, 1), v).dataSync()]).toEqual([9, 12, 15])
    expect([matmul(v, v).shape, [...matmul(v, v).dataSync()]]).toEqual([[], [5]])
    expect(matmul(tensor([1, 1, 1]), tensor(new Float32Array(24), { shape: [2, 3, 4] })).shape).toEqual([2, 4])
    expect(matmul(tensor(new Float32Array(24), { shape: [2, 3, 4] }), tensor([1, 1, 1, 1])).shape).toEqual([2, 3])
  })
})

describe('linear', () => {
  test('is x Wᵀ + b over any leading axes, operands lying in any way', () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 })
    fc.assert(
      fc.property(
        shapes,
        size,
        fc.integer({ min: 1, max: 5 }),
        views,
        views,
        fc.boolean(),
        (leading, inner, out, xView, wView, hasBias) => {
          const usable = (view: InputView, rank: number): InputView =>
            rank < 2 && view === 'transposed' ? 'flipped' : view
          const x = input([...leading, inner], usable(xView, leading.length + 1), 1)
          const weight = input([out, inner], wView, 2)
          const bias = input([out], 'sliced', 3)
          const [xs, ws, bs] = [x, weight, bias]
          const expected = dense([...leading, out], (coordinate) => {
            const column = coordinate.at(-1) ?? 0
            let sum = hasBias ? at(bs, [column]) : 0
            for (let k = 0; k < inner; k++) sum += at(xs, [...coordinate.slice(0, -1), k]) * at(ws, [column, k])
            return sum
          })
          expect(modelOf(linear(placeInput(x), placeInput(weight), ...(hasBias ? [placeInput(bias)] : [])))).toEqual(
            expected,
          )
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('vectors', () => {
  test('dot and outer are the two products', () => {
    const [a, b] = [tensor([1, 2, 3]), tensor([4, 5, 6])]
    expect([dot(a, b).shape, [...dot(a, b).dataSync()]]).toEqual([[], [32]])
    expect([outer(a, tensor([1, 10])).shape, [...outer(a, tensor([1, 10])).dataSync()]]).toEqual([
      [3, 2],
      [1, 10, 2, 20, 3, 30],
    ])
  })
})
