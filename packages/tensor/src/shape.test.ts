import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import './index.js'
import { add } from './ops/arithmetic.js'
import { at, broadcastAt, counting, dense, modelOf, tensorOf } from './ops/dense-model.fixture.js'
import { broadcastTo } from './ops/movement.js'
import {
  broadcastShapes,
  broadcastStrides,
  denseStrides,
  isDense,
  normalizeAxes,
  normalizeAxis,
  sameShape,
  showShape,
  sizeOf,
} from './shape.js'

const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })

/** A shape and others that broadcast with it: axes dropped in front, or of size 1. */
const compatible = sizes.chain((shape) => {
  const one = fc
    .record({
      drop: fc.integer({ min: 0, max: shape.length }),
      ones: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    })
    .map(({ drop, ones }) => shape.map((size, axis) => (ones[axis] === true ? 1 : size)).slice(drop))
  return fc.tuple(one, one)
})

/** NumPy's rule, read out: line up from the right; each pair is equal or has a 1. */
const broadcastOf = (a: readonly number[], b: readonly number[]): number[] | undefined => {
  const rank = Math.max(a.length, b.length)
  const result: number[] = []
  for (let place = 1; place <= rank; place++) {
    const [left, right] = [a[a.length - place] ?? 1, b[b.length - place] ?? 1]
    if (left !== right && left !== 1 && right !== 1) return undefined
    result.unshift(left === 1 ? right : left)
  }
  return result
}

describe('broadcasting', () => {
  test('follows NumPy’s rule', () => {
    fc.assert(
      fc.property(sizes, sizes, (a, b) => {
        const expected = broadcastOf(a, b)
        if (expected === undefined) expect(() => broadcastShapes('add', [a, b])).toThrow('add: shapes do not broadcast')
        else expect(broadcastShapes('add', [a, b])).toEqual(expected)
      }),
    )
  })

  test('does not depend on the order of the operands', () => {
    fc.assert(
      fc.property(compatible, ([a, b]) => {
        expect(broadcastShapes('add', [a, b])).toEqual(broadcastShapes('add', [b, a]))
      }),
    )
  })

  test('repeats elements along axes of size 1 and new axes', () => {
    fc.assert(
      fc.property(compatible, ([a, b]) => {
        const [left, right] = [counting(a), dense(b, ([...coordinate]) => 100 * (coordinate.at(-1) ?? 1))]
        const shape = broadcastShapes('add', [a, b])
        const expected = dense(shape, (coordinate) => broadcastAt(left, coordinate) + broadcastAt(right, coordinate))
        expect(modelOf(add(tensorOf(left), tensorOf(right)))).toEqual(expected)
        expect(modelOf(broadcastTo(tensorOf(left), shape))).toEqual(
          dense(shape, (coordinate) => broadcastAt(left, coordinate)),
        )
      }),
    )
  })

  test('strides of repeated axes are 0', () => {
    expect(broadcastStrides([3, 1], [1, 1], [2, 3, 4])).toEqual([0, 1, 0])
  })

  test('names the axis that does not fit', () => {
    expect(() => broadcastShapes('mul', [[2, 3], [4]])).toThrow(
      'mul: shapes do not broadcast: [2, 3] and [4] (axis -1: 3 ≠ 4). Sizes must agree from the right, or one of them be 1; reshape or unsqueeze.',
    )
  })
})

describe('layouts', () => {
  test('dense strides step through memory one by one', () => {
    fc.assert(
      fc.property(sizes, (shape) => {
        const model = counting(shape)
        const strides = denseStrides(shape)
        expect(isDense(shape, strides)).toBe(true)
        const places = dense(shape, (coordinate) =>
          coordinate.reduce((sum, index, axis) => sum + index * (strides[axis] ?? 0), 0),
        )
        expect(places).toEqual(model)
        expect(
          at(
            model,
            shape.map(() => 0),
          ),
        ).toBe(sizeOf(shape) === 0 ? Number.NaN : 0)
      }),
    )
  })

  test('strides of axes of size 1 do not matter, nor any without elements', () => {
    expect(isDense([2, 1, 3], [3, 99, 1])).toBe(true)
    expect(isDense([2, 0], [7, 5])).toBe(true)
    expect(isDense([2, 3], [1, 2])).toBe(false)
    expect(isDense([2], [-1])).toBe(false)
  })
})

describe('axes', () => {
  test('negative ones count from the end', () => {
    expect(normalizeAxis('sum', -1, 3)).toBe(2)
    expect(normalizeAxis('sum', -3, 3)).toBe(0)
    expect(normalizeAxes('sum', [-1, 0], 3)).toEqual([0, 2])
    expect(normalizeAxes('sum', undefined, 2)).toEqual([0, 1])
    expect(normalizeAxes('sum', [], 2)).toEqual([])
  })

  test.each([3, -4, 0.5, Number.NaN])('%s is no axis of rank 3', (axis) => {
    expect(() => normalizeAxis('sum', axis, 3)).toThrow(`sum: got axis ${axis}, expected an axis in -3 … 2.`)
  })

  test('a scalar has none', () => {
    expect(() => normalizeAxis('sum', 0, 0)).toThrow('expected no axis at all (the tensor is a scalar)')
  })

  test.each([0, -1, [0], [-1]])('a reduction of a scalar along %s is one along none', (axes) => {
    expect(normalizeAxes('sum', axes, 0)).toEqual([])
    expect(() => normalizeAxes('sum', 1, 0)).toThrow('expected no axis at all')
  })

  test('they are a number or a list', () => {
    expect(() => normalizeAxes('sum', null as unknown as number, 2)).toThrow(
      'sum: got null as axes, expected a number or a list such as [0, 1].',
    )
  })

  test('none may be named twice', () => {
    expect(() => normalizeAxes('sum', [0, -2], 2)).toThrow('sum: got axes [0, 0], expected each axis once')
  })
})

test('shapes compare by their sizes and print in brackets', () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true)
  expect(sameShape([2, 3], [2, 3, 1])).toBe(false)
  expect(showShape([2, 3])).toBe('[2, 3]')
  expect(showShape([])).toBe('[]')
})
