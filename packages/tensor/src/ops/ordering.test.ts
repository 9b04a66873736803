import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ArgumentError, argsort, ShapeError, sort, tensor, topK, zeros } from '../index.js'
import { at, dense, tensorOf } from './dense-model.fixture.js'

/** Numbers of which many tie, with NaN and infinities among them. */
const numbers = fc.array(fc.constantFrom(0, 1, 2, 3, -1, Number.NaN, Infinity, -Infinity), { maxLength: 12 })

/** NaN is greater than every number; ties keep their order, also descending. */
const order = (data: readonly number[], descending: boolean): number[] => {
  const key = (x: number): readonly [number, number] => (Number.isNaN(x) ? [1, 0] : [0, x])
  const compare = (a: number, b: number): number => {
    const [left, right] = [key(a), key(b)]
    const rank = left[0] - right[0]
    return rank !== 0 ? rank : left[1] < right[1] ? -1 : left[1] > right[1] ? 1 : 0
  }
  return data
    .map((_, place) => place)
    .sort((i, j) => {
      const ascending = compare(data[i] ?? 0, data[j] ?? 0)
      return (descending ? -ascending : ascending) || i - j
    })
}

describe('sort', () => {
  test('orders, with NaN last, and keeps the order of ties', () => {
    fc.assert(
      fc.property(numbers, fc.boolean(), (data, descending) => {
        const expected = order(data, descending)
        const { values, indices } = sort(tensor(data), { descending })
        expect([...indices.dataSync()]).toEqual(expected)
        expect([...values.dataSync()]).toEqual(expected.map((place) => data[place]))
        expect([...argsort(tensor(data), { descending }).dataSync()]).toEqual(expected)
        expect(indices.dtype).toBe('int32')
      }),
    )
  })

  test('orders along any axis', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(
        shapes,
        fc.nat({ max: 2 }),
        fc.infiniteStream(fc.integer({ min: -9, max: 9 })),
        (shape, pick, stream) => {
          const axis = pick % shape.length
          const model = dense(shape, () => stream.next().value as number)
          const row = (coordinate: readonly number[]): number[] =>
            Array.from({ length: shape[axis] ?? 0 }, (_, place) =>
              at(
                model,
                coordinate.map((index, other) => (other === axis ? place : index)),
              ),
            )
          const expected = dense(
            shape,
            (coordinate) => [...row(coordinate)].sort((a, b) => a - b)[coordinate[axis] ?? 0] ?? 0,
          )
          expect([...sort(tensorOf(model), { axis: axis - shape.length }).values.dataSync()]).toEqual(expected.data)
        },
      ),
    )
  })

  test('takes a scalar', () => {
    const { values, indices } = sort(tensor(3))
    expect([values.shape, [...values.dataSync()], [...indices.dataSync()]]).toEqual([[], [3], [0]])
  })
})

describe('topK', () => {
  test('gives the first k of the order', () => {
    fc.assert(
      fc.property(numbers, fc.nat({ max: 12 }), fc.boolean(), (data, count, largest) => {
        const k = Math.min(count, data.length)
        const expected = order(data, largest).slice(0, k)
        const { values, indices } = topK(tensor(data), k, { largest })
        expect([...indices.dataSync()]).toEqual(expected)
        expect([...values.dataSync()]).toEqual(expected.map((place) => data[place]))
      }),
    )
  })

  test('works along any axis', () => {
    expect(topK(zeros([4, 3]), 2, { axis: 0 }).values.shape).toEqual([2, 3])
    expect(topK(zeros([4, 3]), 0).indices.shape).toEqual([4, 0])
  })

  test.each([4, -1, 1.5])('refuses k = %s of 3', (k) => {
    expect(() => topK(zeros([2, 3]), k)).toThrow(ArgumentError)
    expect(() => topK(zeros([2, 3]), k)).toThrow(
      `topK: got k = ${k}, expected a whole number in 0 … 3, the size of axis -1.`,
    )
  })
})

test('each names itself where the axis is none', () => {
  expect(() => sort(zeros([2]), { axis: 1 })).toThrow(ShapeError)
  expect(() => sort(zeros([2]), { axis: 1 })).toThrow('sort: got axis 1, expected an axis in -1 … 0.')
  expect(() => argsort(zeros([2]), { axis: 1 })).toThrow('argsort: got axis 1')
  expect(() => topK(zeros([2]), 1, { axis: 1 })).toThrow('topK: got axis 1')
})
