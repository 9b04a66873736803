import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import '../index.js'
import type { Tensor } from '../tensor.js'
import { at, broadcastAt, counting, type Dense, dense, modelOf, tensorOf } from './dense-model.fixture.js'
import { broadcastTo, flatten, permute, reshape, squeeze, transpose, unsqueeze } from './movement.js'
import { concat, pad, stack, tile } from './assembly.js'
import { flip, narrow, select, slice } from './slicing.js'

/** A tensor and what it should be. */
type Pair = readonly [actual: Tensor, expected: Dense]
/** Takes the next of the random choices: a whole number below `n`. */
type Pick = (n: number) => number
type Step = (pair: Pair, pick: Pick) => Pair

const replace = <T>(list: readonly T[], place: number, ...items: readonly T[]): T[] => [
  ...list.slice(0, place),
  ...items,
  ...list.slice(place + 1),
]

/** An axis, counted from the front, and one of the two ways to name it. */
const pickAxis = (rank: number, pick: Pick): { axis: number; name: number } => {
  const axis = pick(rank)
  return { axis, name: pick(2) === 0 ? axis : axis - rank }
}

const steps: Readonly<Record<string, Step>> = {
  permute: ([x, model], pick) => {
    const order: number[] = []
    for (const left = x.shape.map((_, axis) => axis); left.length > 0;) order.push(...left.splice(pick(left.length), 1))
    const shape = order.map((axis) => model.shape[axis] ?? 1)
    return [
      permute(x, order),
      dense(shape, (coordinate) =>
        at(
          model,
          model.shape.map((_, axis) => coordinate[order.indexOf(axis)] ?? 0),
        ),
      ),
    ]
  },
  transpose: ([x, model], pick) => {
    if (x.rank === 0) return [x, model]
    const a = pickAxis(x.rank, pick)
    const b = pickAxis(x.rank, pick)
    const swap = <T>(list: readonly T[]): T[] =>
      list.map((item, axis) => (axis === a.axis ? list[b.axis] : axis === b.axis ? list[a.axis] : item) as T)
    return [transpose(x, a.name, b.name), dense(swap(model.shape), (coordinate) => at(model, swap(coordinate)))]
  },
  flip: ([x, model], pick) => {
    if (x.rank === 0) return [x, model]
    const { axis, name } = pickAxis(x.rank, pick)
    const last = (model.shape[axis] ?? 1) - 1
    return [
      flip(x, name),
      dense(model.shape, (coordinate) => at(model, replace(coordinate, axis, last - (coordinate[axis] ?? 0)))),
    ]
  },
  slice: ([x, model], pick) => {
    // Python's own words: the places range(start, end, step) after wrapping and clipping.
    const ranges = model.shape.map((size) => {
      const step = [1, 2, 3, -1, -2][pick(5)] ?? 1
      const start = pick(2 * size + 3) - size - 1
      const end = pick(2 * size + 3) - size - 1
      const wrap = (place: number): number => (place < 0 ? place + size : place)
      const clip = (place: number): number =>
        step > 0 ? Math.min(Math.max(place, 0), size) : Math.min(Math.max(place, -1), size - 1)
      const places: number[] = []
      for (let place = clip(wrap(start)); step > 0 ? place < clip(wrap(end)) : place > clip(wrap(end)); place += step)
        places.push(place)
      return { start, end, step, places }
    })
    return [
      slice(
        x,
        ranges.map(({ start }) => start),
        ranges.map(({ end }) => end),
        ranges.map(({ step }) => step),
      ),
      dense(
        ranges.map(({ places }) => places.length),
        (coordinate) =>
          at(
            model,
            coordinate.map((index, axis) => ranges[axis]?.places[index] ?? 0),
          ),
      ),
    ]
  },
  narrow: ([x, model], pick) => {
    if (x.rank === 0) return [x, model]
    const { axis, name } = pickAxis(x.rank, pick)
    const size = model.shape[axis] ?? 1
    const start = pick(size + 1)
    const length = pick(size - start + 1)
    return [
      narrow(x, name, start, length),
      dense(replace(model.shape, axis, length), (coordinate) =>
        at(model, replace(coordinate, axis, start + (coordinate[axis] ?? 0))),
      ),
    ]
  },
  select: ([x, model], pick) => {
    if (x.rank === 0) return [x, model]
    const { axis, name } = pickAxis(x.rank, pick)
    const size = model.shape[axis] ?? 1
    if (size === 0) return [x, model]
    const place = pick(size)
    return [
      select(x, name, pick(2) === 0 ? place : place - size),
      dense(replace(model.shape, axis), (coordinate) =>
        at(model, [...coordinate.slice(0, axis), place, ...coordinate.slice(axis)]),
      ),
    ]
  },
  unsqueeze: ([x, model], pick) => {
    const { axis, name } = pickAxis(x.rank + 1, pick)
    return [
      unsqueeze(x, name),
      { shape: [...model.shape.slice(0, axis), 1, ...model.shape.slice(axis)], data: model.data },
    ]
  },
  squeeze: ([x, model]) => [squeeze(x), { shape: model.shape.filter((size) => size !== 1), data: model.data }],
  reshape: ([x, model], pick) => {
    const factors = x.size === 0 ? [0, 1 + pick(4), 1] : [1, 2, 3, 4, 6].filter((factor) => x.size % factor === 0)
    const factor = factors[pick(factors.length)] ?? 1
    const shape = x.size === 0 ? factors : [factor, x.size / factor]
    const asked = x.size > 0 && pick(2) === 0 ? [factor, -1] : shape
    return [reshape(x, asked), { shape, data: model.data }]
  },
  flatten: ([x, model], pick) => {
    if (x.rank === 0) return [flatten(x), { shape: [1], data: model.data }]
    const start = pick(x.rank)
    const end = start + pick(x.rank - start)
    const joined = model.shape.slice(start, end + 1).reduce((product, size) => product * size, 1)
    return [
      flatten(x, start, end - x.rank),
      { shape: [...model.shape.slice(0, start), joined, ...model.shape.slice(end + 1)], data: model.data },
    ]
  },
  broadcastTo: ([x, model], pick) => {
    const shape = [...(pick(2) === 0 ? [1 + pick(2)] : []), ...model.shape.map((size) => (size === 1 ? pick(4) : size))]
    return [broadcastTo(x, shape), dense(shape, (coordinate) => broadcastAt(model, coordinate))]
  },
  pad: ([x, model], pick) => {
    const padding = model.shape.map((): [number, number] => [pick(4) - 1, pick(4) - 1])
    const shape = model.shape.map((size, axis) => {
      const [before = 0, after = 0] = padding[axis] ?? []
      const kept = Math.max(0, size - Math.max(0, -before) - Math.max(0, -after))
      return kept + Math.max(0, before) + Math.max(0, after)
    })
    // Where cropping leaves nothing, PyTorch refuses; here what is left is empty and only the padding remains.
    if (
      model.shape.some(
        (size, axis) => size + Math.min(0, padding[axis]?.[0] ?? 0) + Math.min(0, padding[axis]?.[1] ?? 0) < 0,
      )
    )
      return [x, model]
    return [
      pad(x, padding, { value: -7 }),
      dense(shape, (coordinate) => {
        const source = coordinate.map((index, axis) => index - (padding[axis]?.[0] ?? 0))
        return source.every((index, axis) => index >= 0 && index < (model.shape[axis] ?? 1)) ? at(model, source) : -7
      }),
    ]
  },
  tile: ([x, model], pick) => {
    const times = model.shape.map(() => pick(3))
    return [
      tile(x, times),
      dense(
        model.shape.map((size, axis) => size * (times[axis] ?? 1)),
        (coordinate) =>
          at(
            model,
            coordinate.map((index, axis) => index % (model.shape[axis] ?? 1)),
          ),
      ),
    ]
  },
  concat: ([x, model], pick) => {
    if (x.rank === 0) return [x, model]
    const { axis, name } = pickAxis(x.rank, pick)
    const size = model.shape[axis] ?? 1
    return [
      concat([x, x], name),
      dense(replace(model.shape, axis, 2 * size), (coordinate) =>
        at(model, replace(coordinate, axis, (coordinate[axis] ?? 0) % size)),
      ),
    ]
  },
  stack: ([x, model], pick) => {
    const { axis, name } = pickAxis(x.rank + 1, pick)
    return [
      stack([x, x], name),
      dense([...model.shape.slice(0, axis), 2, ...model.shape.slice(axis)], (coordinate) =>
        at(model, replace(coordinate, axis)),
      ),
    ]
  },
}

const names = Object.keys(steps)
const choices = fc.array(fc.nat({ max: 1000 }), { minLength: 12, maxLength: 12 })
const start = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })

const pickFrom = (numbers: readonly number[]): Pick => {
  let next = 0
  return (n) => (numbers[next++ % numbers.length] ?? 0) % n
}

describe('movement ops', () => {
  test.each(names)('%s moves elements as its model does', (name) => {
    fc.assert(
      fc.property(start, choices, (shape, numbers) => {
        const model = counting(shape)
        const [actual, expected] = steps[name]?.([tensorOf(model), model], pickFrom(numbers)) ?? []
        expect(actual && modelOf(actual)).toEqual(expected)
      }),
    )
  })

  test('any chain of them moves elements as the chain of models does', () => {
    fc.assert(
      fc.property(start, fc.array(fc.tuple(fc.constantFrom(...names), choices), { maxLength: 6 }), (shape, chain) => {
        const model = counting(shape)
        const [actual, expected] = chain.reduce<Pair>(
          (pair, [name, numbers]) =>
            pair[0].size > 2000 || pair[0].rank > 6 ? pair : (steps[name]?.(pair, pickFrom(numbers)) ?? pair),
          [tensorOf(model), model],
        )
        expect(modelOf(actual)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })
})
