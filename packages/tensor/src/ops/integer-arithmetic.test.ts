import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  abs,
  add,
  clamp,
  cumsum,
  dot,
  equal,
  greater,
  less,
  matmul,
  max,
  maximum,
  min,
  minimum,
  mul,
  neg,
  prod,
  reshape,
  sign,
  sort,
  square,
  sub,
  sum,
  tensor,
  type Tensor,
} from '../index.js'

const int32 = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, -1, 0, 1, 2 ** 24 + 1),
)
const pairs = fc.array(fc.tuple(int32, int32), { minLength: 1, maxLength: 30 })

const whole = (data: readonly number[]): Tensor => tensor(new Int32Array(data))
const numbers = (x: Tensor): number[] => [...x.dataSync()]

describe('int32 arithmetic wraps modulo 2^32', () => {
  test.each<readonly [name: string, run: (a: Tensor, b: Tensor) => Tensor, host: (x: number, y: number) => number]>([
    ['add', add, (x, y) => (x + y) | 0],
    ['sub', sub, (x, y) => (x - y) | 0],
    ['mul', mul, Math.imul],
    ['neg', (a) => neg(a), (x) => -x | 0],
    ['abs', (a) => abs(a), (x) => Math.abs(x) | 0],
    ['square', (a) => square(a), (x) => Math.imul(x, x)],
  ])('%s', (_, run, host) => {
    fc.assert(
      fc.property(pairs, (list) => {
        const [a, b] = [list.map(([x]) => x), list.map(([, y]) => y)]
        expect(numbers(run(whole(a), whole(b)))).toEqual(list.map(([x, y]) => host(x, y) + 0))
      }),
    )
  })

  test('sums, products and running sums', () => {
    fc.assert(
      fc.property(fc.array(int32, { minLength: 1, maxLength: 50 }), (list) => {
        expect(numbers(sum(whole(list)))).toEqual([list.reduce((total, x) => (total + x) | 0, 0)])
        expect(numbers(prod(whole(list)))).toEqual([list.reduce((total, x) => Math.imul(total, x), 1)])
        let running = 0
        expect(numbers(cumsum(whole(list), 0))).toEqual(list.map((x) => (running = (running + x) | 0)))
      }),
    )
  })

  test('contractions', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const [a, b] = [whole(list.map(([x]) => x)), whole(list.map(([, y]) => y))]
        const expected = [list.reduce((total, [x, y]) => (total + Math.imul(x, y)) | 0, 0)]
        expect(numbers(dot(a, b))).toEqual(expected)
        expect(numbers(matmul(reshape(a, [1, -1]), reshape(b, [-1, 1])))).toEqual(expected)
      }),
    )
  })
})

describe('int32 stays exact beyond 2^24, where float32 does not', () => {
  test('in comparisons and choices', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const [a, b] = [whole(list.map(([x]) => x)), whole(list.map(([, y]) => y))]
        expect(numbers(maximum(a, b))).toEqual(list.map(([x, y]) => Math.max(x, y)))
        expect(numbers(minimum(a, b))).toEqual(list.map(([x, y]) => Math.min(x, y)))
        expect(numbers(less(a, b))).toEqual(list.map(([x, y]) => Number(x < y)))
        expect(numbers(equal(a, b))).toEqual(list.map(([x, y]) => Number(x === y)))
        expect(numbers(sign(a))).toEqual(list.map(([x]) => Math.sign(x) + 0))
      }),
    )
  })

  test('in extremes and sorting', () => {
    fc.assert(
      fc.property(fc.array(int32, { minLength: 1, maxLength: 30 }), (list) => {
        expect(numbers(max(whole(list)))).toEqual([Math.max(...list)])
        expect(numbers(min(whole(list)))).toEqual([Math.min(...list)])
        expect(numbers(sort(whole(list)).values)).toEqual([...list].sort((x, y) => x - y))
      }),
    )
  })

  test('with numbers and cells of the host', () => {
    const a = whole([2 ** 24 + 1, -5])
    expect(numbers(add(a, 2 ** 24))).toEqual([2 ** 25 + 1, 2 ** 24 - 5])
    expect(numbers(greater(a, 2 ** 24))).toEqual([1, 0])
    expect(numbers(clamp(a, -1, 2 ** 24))).toEqual([2 ** 24, -1])
  })
})
