import { describe, expect, test } from 'vitest'
import { mapTensors, ones, type Tensor, tensorsIn } from './index.js'

describe('tensorsIn', () => {
  test('finds tensors in order, in arrays, plain objects, maps and sets', () => {
    const list = Array.from({ length: 6 }, () => ones([1]))
    const [a, b, c, d, e, f] = list
    expect(
      tensorsIn({
        a,
        rest: [b, { c }],
        map: new Map([['d', d]]),
        set: new Set([e]),
        bare: Object.assign(Object.create(null) as object, { f }),
      }),
    ).toEqual(list)
  })

  test('finds a tensor as often as it stands, and survives circles', () => {
    const a = ones([1])
    const circle: unknown[] = [a, a]
    circle.push(circle)
    expect(tensorsIn(circle)).toEqual([a, a])
  })

  test('finds none in other values', () => {
    for (const value of [
      null,
      undefined,
      1,
      'x',
      () => ones([1]),
      new Date(),
      new (class {
        readonly x = ones([1])
      })(),
    ])
      expect(tensorsIn(value)).toEqual([])
  })
})

describe('mapTensors', () => {
  test('replaces tensors and keeps the structure', () => {
    const a = ones([1])
    const structure = { a, list: [a, 1, null], inner: { text: 'x', b: a } }
    const mapped = mapTensors(structure, (x: Tensor) => x.size + 1)
    expect(mapped).toEqual({ a: 2, list: [2, 1, null], inner: { text: 'x', b: 2 } })
    expect(structure.a).toBe(a)
  })

  test('passes other objects on as they are', () => {
    const date = new Date()
    expect(mapTensors({ date }, () => 0).date).toBe(date)
  })
})
