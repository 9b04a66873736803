import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DTypeError,
  embedding,
  gather,
  IndexError,
  indexSelect,
  maskedFill,
  ones,
  scatterAdd,
  ShapeError,
  takeAlongAxis,
  tensor,
  type Tensor,
  tril,
  triu,
  zeros,
} from '../index.js'
import { at, counting, type Dense, dense, modelOf, tensorOf } from './dense-model.fixture.js'

/** A shape, one of its axes, and an index of the same rank, no larger except along the axis. */
const uses = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }).chain((shape) =>
  fc.nat({ max: shape.length - 1 }).chain((axis) =>
    fc.record({
      shape: fc.constant(shape),
      axis: fc.constant(axis),
      indexShape: fc.tuple(...shape.map((size, place) => fc.integer({ min: 0, max: place === axis ? 5 : size }))),
      numbers: fc.infiniteStream(fc.nat({ max: (shape[axis] ?? 1) - 1 })),
      name: fc.constantFrom(axis, axis - shape.length),
    }),
  ),
)

const indexOf = (shape: readonly number[], numbers: { next(): { value?: number } }): Dense =>
  dense(shape, () => numbers.next().value ?? 0)

const along = (coordinate: readonly number[], axis: number, index: number): number[] =>
  coordinate.map((place, other) => (other === axis ? index : place))

const places = (data: readonly number[], shape: readonly number[] = [data.length]): Tensor =>
  tensor(data, { shape, dtype: 'int32' })

describe('gather', () => {
  test('reads at places along an axis', () => {
    fc.assert(
      fc.property(uses, ({ shape, axis, indexShape, numbers, name }) => {
        const model = counting(shape)
        const index = indexOf(indexShape, numbers)
        const expected = dense(indexShape, (coordinate) => at(model, along(coordinate, axis, at(index, coordinate))))
        expect(modelOf(gather(tensorOf(model), name, tensorOf(index, 'int32')))).toEqual(expected)
      }),
    )
  })

  test('takeAlongAxis broadcasts index and tensor', () => {
    const x = tensorOf(counting([2, 3]))
    expect([...takeAlongAxis(x, places([2], [1, 1]), 1).dataSync()]).toEqual([2, 5])
    expect([...takeAlongAxis(x.narrow(0, 0, 1), places([0, 1], [2, 1]), -1).dataSync()]).toEqual([0, 1])
  })
})

describe('scatterAdd', () => {
  test('adds at places along an axis, in order', () => {
    fc.assert(
      fc.property(uses, ({ shape, axis, indexShape, numbers, name }) => {
        const base = counting(shape)
        const index = indexOf(indexShape, numbers)
        const source = dense(indexShape, (coordinate) => 1 + (coordinate.at(-1) ?? 0))
        const data = [...base.data]
        dense(indexShape, (coordinate) => {
          const target = along(coordinate, axis, at(index, coordinate))
          const place = target.reduce((sum, step, other) => sum * (shape[other] ?? 1) + step, 0)
          data[place] = (data[place] ?? 0) + at(source, coordinate)
          return 0
        })
        const actual = scatterAdd(tensorOf(base), name, tensorOf(index, 'int32'), tensorOf(source))
        expect(modelOf(actual)).toEqual({ shape, data })
      }),
    )
  })

  test('leaves its tensor as it was', () => {
    const x = zeros([3])
    scatterAdd(x, 0, places([1]), tensor([5]))
    expect([...x.dataSync()]).toEqual([0, 0, 0])
  })
})

describe('indexSelect and embedding', () => {
  test('take whole slices', () => {
    fc.assert(
      fc.property(uses, fc.nat({ max: 5 }), ({ shape, axis, numbers, name }, count) => {
        const model = counting(shape)
        const index = indexOf([count], numbers)
        const expected = dense(
          shape.map((size, place) => (place === axis ? count : size)),
          (coordinate) => at(model, along(coordinate, axis, at(index, [coordinate[axis] ?? 0]))),
        )
        expect(modelOf(indexSelect(tensorOf(model), name, tensorOf(index, 'int32')))).toEqual(expected)
      }),
    )
  })

  test('embedding adds the axes of the ids in front', () => {
    const weight = tensorOf(counting([4, 2]))
    expect(modelOf(embedding(places([3, 0, 1, 1], [2, 2]), weight))).toEqual({
      shape: [2, 2, 2],
      data: [6, 7, 0, 1, 2, 3, 2, 3],
    })
    expect(embedding(places([2], []), weight).shape).toEqual([2])
  })
})

describe('triangles', () => {
  test('keep what lies on or beside a diagonal', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 3 }),
        fc.integer({ min: -5, max: 5 }),
        (shape, diagonal) => {
          const model = counting(shape)
          const distance = (coordinate: readonly number[]): number =>
            (coordinate.at(-1) ?? 0) - (coordinate.at(-2) ?? 0)
          expect(modelOf(tril(tensorOf(model), diagonal))).toEqual(
            dense(shape, (c) => (distance(c) <= diagonal ? at(model, c) : 0)),
          )
          expect(modelOf(triu(tensorOf(model), diagonal))).toEqual(
            dense(shape, (c) => (distance(c) >= diagonal ? at(model, c) : 0)),
          )
        },
      ),
    )
  })

  test('keep dtypes', () => {
    for (const dtype of ['bool', 'int32', 'float32', 'float64'] as const)
      expect(tril(ones([2, 2], { dtype })).dtype).toBe(dtype)
  })
})

describe('indexing refuses', () => {
  const x = tensorOf(counting([2, 3]))

  test.each<readonly [name: string, run: () => unknown]>([
    ['gather', () => gather(x, 1, places([0, 3], [2, 1]))],
    ['gather, negative', () => gather(x, 1, places([0, -1], [2, 1]))],
    ['indexSelect', () => indexSelect(x, 0, places([2]))],
    ['embedding', () => embedding(places([5]), x)],
    ['scatterAdd', () => scatterAdd(x, 1, places([3, 0], [2, 1]), ones([2, 1]))],
  ])('places outside the axis: %s', (_, run) => {
    expect(run).toThrow(IndexError)
    expect(run).toThrow(/got (index )?-?\d+/)
  })

  test.each<readonly [name: string, run: () => unknown]>([
    ['gather', () => gather(x, 1, ones([2, 1]))],
    ['indexSelect', () => indexSelect(x, 0, ones([1]))],
    ['embedding', () => embedding(ones([1]), x)],
    ['scatterAdd', () => scatterAdd(x, 1, ones([2, 1]), ones([2, 1]))],
  ])('an index that is not int32: %s', (_, run) => {
    expect(run).toThrow(DTypeError)
    expect(run).toThrow("got an index of float32, expected int32. Convert with .to('int32').")
  })

  test.each<readonly [message: string, run: () => unknown]>([
    [
      'gather: got a tensor of [2, 3] and an index of [2], expected the same rank and no larger sizes except along axis 1.',
      () => gather(x, 1, places([0, 0])),
    ],
    ['gather: got a tensor of [2, 3] and an index of [3, 1]', () => gather(x, 1, places([0, 0, 0], [3, 1]))],
    [
      'indexSelect: got an index of [1, 1], expected one axis. Use gather or embedding.',
      () => indexSelect(x, 0, places([0], [1, 1])),
    ],
    ['embedding: got a weight of [3], expected [count, width].', () => embedding(places([0]), ones([3]))],
    ['tril: got [3], expected at least two axes.', () => tril(ones([3]))],
    [
      'takeAlongAxis: got a tensor of [2, 3] and an index of [2], expected the same rank.',
      () => takeAlongAxis(x, places([0, 0]), 1),
    ],
  ])('shapes that do not fit: %s', (message, run) => {
    expect(run).toThrow(ShapeError)
    expect(run).toThrow(message)
  })

  test('a source of another dtype', () => {
    expect(() => scatterAdd(x, 1, places([0, 0], [2, 1]), ones([2, 1], { dtype: 'int32' }))).toThrow(
      'scatterAdd: got int32 into float32, expected one dtype. Convert with .to().',
    )
  })

  test('a mask that is no bool', () => {
    expect(() => maskedFill(x, ones([2, 3]), 0)).toThrow(
      'maskedFill: got a mask of float32, expected bool. Compare first, such as mask.equal(1).',
    )
  })
})
