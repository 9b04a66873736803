import { describe, expect, test } from 'vitest'
import { expectClose, ulpDistance } from './expect-close.js'
import { toleranceOf } from './tolerance.js'

const same = { relative: 0, absolute: 0 }

describe('expectClose', () => {
  test('takes NaN for NaN, infinities for themselves and the zeros for each other', () => {
    expectClose([Number.NaN, Infinity, -Infinity, 0], [Number.NaN, Infinity, -Infinity, -0], same)
  })

  test.each([
    { actual: Number.NaN, expected: 0 },
    { actual: 0, expected: Number.NaN },
    { actual: Infinity, expected: 1e308 },
    { actual: -Infinity, expected: Infinity },
    { actual: 3.4e38, expected: Infinity },
  ])('never takes $actual for $expected', ({ actual, expected }) => {
    expect(() => {
      expectClose([actual], [expected], { relative: 1, absolute: 1e308 })
    }).toThrow('[0] got')
  })

  test('adds the relative and the absolute tolerance', () => {
    expectClose([1.15], [1], { relative: 0.1, absolute: 0.06 })
    expect(() => {
      expectClose([1.17], [1], { relative: 0.1, absolute: 0.06 })
    }).toThrow('got 1.17, expected 1')
  })

  test('compares in float64', () => {
    expectClose(Float32Array.of(0.1), [0.1], { relative: 2 ** -24, absolute: 0 })
    expect(() => {
      expectClose(Float32Array.of(0.1), [0.1], same)
    }).toThrow('expected 0.1')
  })

  test('names index, both values and the distance in ulps of the list', () => {
    expect(() => {
      expectClose(Float32Array.of(1, 1 + 2 ** -22), [1, 1], same, 'exp')
    }).toThrow(
      'exp: 1 of 2 elements differ by more than 0 + 0 · |expected|:\n  [1] got 1.000000238418579, expected 1, off by 2.384185791015625e-7, 2 ulps',
    )
  })

  test('lists five differences and counts the rest', () => {
    expect(() => {
      expectClose(new Float64Array(8), new Float64Array(8).fill(1), same)
    }).toThrow(/8 of 8 elements.*\n( {2}\[\d\].*\n){5} {2}… and 3 more$/)
  })

  test('refuses lists of different length', () => {
    expect(() => {
      expectClose([1], [1, 2], same, 'sum')
    }).toThrow('sum: got 1 elements, expected 2')
  })
})

describe('ulpDistance', () => {
  test('counts the numbers between', () => {
    expect(ulpDistance(1, 1 + 2 ** -52, [])).toBe(1)
    expect(ulpDistance(1, 1 + 2 ** -23, Float32Array.of())).toBe(1)
  })

  test('goes through zero', () => {
    expect(ulpDistance(-Number.MIN_VALUE, Number.MIN_VALUE, [])).toBe(2)
    expect(ulpDistance(0, -0, [])).toBe(0)
  })

  test('is infinite to NaN alone', () => {
    expect(ulpDistance(Number.NaN, 1, [])).toBe(Infinity)
    expect(ulpDistance(Number.NaN, Number.NaN, [])).toBe(0)
  })
})

describe('toleranceOf', () => {
  test('is 0 for integers and bool', () => {
    expect(toleranceOf('int32', 'contraction', 1e6)).toEqual(same)
    expect(toleranceOf('bool', 'transcendental')).toEqual(same)
  })

  test('counts contractions in units of the largest element, and at least 1', () => {
    const { absolute } = toleranceOf('float32', 'contraction')
    expect(toleranceOf('float32', 'contraction', 50).absolute).toBe(50 * absolute)
    expect(toleranceOf('float32', 'contraction', 0.1).absolute).toBe(absolute)
    expect(toleranceOf('float32', 'arithmetic', 50)).toEqual(toleranceOf('float32', 'arithmetic'))
  })
})
