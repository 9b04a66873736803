import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cell, type DType, promoteTypes, type Tensor } from '../index.js'
import { add, div, maximum, mul, pow, square, sub } from './arithmetic.js'
import { equal, less, logicalAnd, maskedFill, where } from './comparison.js'
import { zeros } from './creation.js'
import { conv2d } from './convolution.js'
import { linear } from './linear.js'
import { dot, matmul } from './matmul.js'
import { concat, stack } from './assembly.js'
import { cumsum, sum } from './reduction.js'
import { mean, prod } from './statistics.js'
import { exp, sin } from './transcendental.js'

const usable: readonly DType[] = ['bool', 'int32', 'float32', 'float64']
const numeric: readonly DType[] = ['int32', 'float32', 'float64']
const anyType = fc.constantFrom(...usable)
const made = (dtype: DType, shape: readonly number[] = [2]): Tensor => zeros(shape, { dtype })

describe('dtype of a result', () => {
  test('of two tensors is their promotion, whatever their ranks', () => {
    fc.assert(
      fc.property(anyType, anyType, fc.boolean(), (a, b, scalar) => {
        const [left, right] = [made(a), made(b, scalar ? [] : [2])]
        expect(add(left, right).dtype).toBe(promoteTypes(a, b))
        expect(mul(right, left).dtype).toBe(promoteTypes(a, b))
        expect(maximum(left, right).dtype).toBe(promoteTypes(a, b))
        expect(where(made('bool'), left, right).dtype).toBe(promoteTypes(a, b))
        expect(concat([left, made(b)]).dtype).toBe(promoteTypes(a, b))
        expect(stack([left, made(b)]).dtype).toBe(promoteTypes(a, b))
      }),
    )
  })

  test('comparisons and logic give bool', () => {
    fc.assert(
      fc.property(anyType, anyType, (a, b) => {
        expect(equal(made(a), made(b)).dtype).toBe('bool')
        expect(less(made(a), made(b)).dtype).toBe('bool')
        expect(logicalAnd(made(a), made(b)).dtype).toBe('bool')
      }),
    )
  })

  test.each<readonly [dtype: DType, whole: DType, fraction: DType]>([
    ['bool', 'int32', 'float32'],
    ['int32', 'int32', 'float32'],
    ['float32', 'float32', 'float32'],
    ['float64', 'float64', 'float64'],
  ])('of %s with a whole number is %s, with a fraction %s', (dtype, whole, fraction) => {
    expect(add(made(dtype), 2).dtype).toBe(whole)
    expect(add(2, made(dtype)).dtype).toBe(whole)
    expect(add(made(dtype), 0.5).dtype).toBe(fraction)
    expect(where(made('bool'), made(dtype), 2).dtype).toBe(whole)
    expect(where(made('bool'), 0.5, made(dtype)).dtype).toBe(fraction)
  })

  test('of a tensor with infinity or NaN is a float', () => {
    expect(add(made('int32'), Infinity).dtype).toBe('float32')
    expect(where(made('bool'), made('int32'), Number.NaN).dtype).toBe('float32')
  })

  test('a boolean is the weakest of all', () => {
    for (const dtype of usable) expect(add(made(dtype), true).dtype).toBe(dtype)
  })

  test('a cell counts as a fraction, whatever it holds now', () => {
    expect(add(made('int32'), cell(2)).dtype).toBe('float32')
    expect(mul(made('float64'), cell(2)).dtype).toBe('float64')
  })

  test('numbers alone make float32, booleans alone bool', () => {
    expect(add(1, 2).dtype).toBe('float32')
    expect(logicalAnd(true, false).dtype).toBe('bool')
    expect(equal(1, 1).dtype).toBe('bool')
    expect(where(true, 1, 2).dtype).toBe('float32')
    expect(where(true, true, false).dtype).toBe('bool')
  })

  test('a weak number keeps its value: 0.1 in float64 is not rounded to float32', () => {
    expect(add(made('float64', []), 0.1).dataSync()[0]).toBe(0.1)
    expect(add(made('float32', []), 0.1).dataSync()[0]).toBe(Math.fround(0.1))
  })

  test.each(numeric)('square and pow keep %s', (dtype) => {
    expect(square(made(dtype)).dtype).toBe(dtype)
    expect(pow(made(dtype), 2).dtype).toBe(dtype)
    expect(pow(made(dtype), made(dtype)).dtype).toBe(dtype)
  })

  test('functions of real numbers make float32 of integers and bool, and keep floats', () => {
    for (const run of [exp, sin, (x: Tensor) => div(x, x)]) {
      expect(run(made('int32')).dtype).toBe('float32')
      expect(run(made('bool')).dtype).toBe('float32')
      expect(run(made('float64')).dtype).toBe('float64')
    }
  })

  test('sums and products of bool count in int32', () => {
    for (const run of [sum, prod, (x: Tensor) => cumsum(x, 0)]) {
      expect(run(made('bool')).dtype).toBe('int32')
      expect(run(made('int32')).dtype).toBe('int32')
      expect(run(made('float64')).dtype).toBe('float64')
    }
    expect(mean(made('float64')).dtype).toBe('float64')
  })

  test('of a contraction is the promotion of its operands', () => {
    fc.assert(
      fc.property(fc.constantFrom(...numeric), fc.constantFrom(...numeric), (a, b) => {
        const expected = promoteTypes(a, b)
        expect(matmul(made(a, [2, 3]), made(b, [3, 2])).dtype).toBe(expected)
        expect(dot(made(a, [3]), made(b, [3])).dtype).toBe(expected)
        expect(linear(made(a, [2, 3]), made(b, [2, 3])).dtype).toBe(expected)
        expect(linear(made(a, [2, 3]), made(b, [2, 3]), made(b, [2])).dtype).toBe(expected)
      }),
    )
    expect(conv2d(made('float32', [1, 1, 2, 2]), made('float64', [1, 1, 1, 1])).dtype).toBe('float64')
  })

  test('maskedFill keeps the dtype of its tensor', () => {
    const mask = made('bool')
    expect(maskedFill(made('int32'), mask, 2.5).dtype).toBe('int32')
    expect(maskedFill(made('float32'), mask, made('float64', [])).dtype).toBe('float32')
  })

  test.each<readonly [name: string, run: (x: Tensor) => Tensor]>([
    ['sub', (x) => sub(x, x)],
    ['pow', (x) => pow(x, x)],
    ['neg', (x) => x.neg()],
    ['abs', (x) => x.abs()],
    ['floor', (x) => x.floor()],
    ['clamp', (x) => x.clamp(false, true)],
  ])('%s refuses bool', (name, run) => {
    expect(() => run(made('bool'))).toThrow(
      new RegExp(`^${name}: got bool, expected numbers. Convert with .to\\('int32'\\) or .to\\('float32'\\).$`),
    )
  })
})
