import { describe, expect, test } from 'vitest'
import type { Tensor } from '../index.js'
import { arange, linspace } from './sequence.js'

const numbers = (x: Tensor): number[] => [...x.dataSync()]

describe('arange', () => {
  test('makes int32 of whole arguments, float32 of fractions', () => {
    expect([arange(3).dtype, numbers(arange(3))]).toEqual(['int32', [0, 1, 2]])
    expect([arange(0, 1, 0.5).dtype, numbers(arange(0, 1, 0.5))]).toEqual(['float32', [0, 0.5]])
    expect(arange(3, { dtype: 'float64' }).dtype).toBe('float64')
    expect(arange(1, 3, { dtype: 'float32' }).dtype).toBe('float32')
  })

  test('leaves the end out', () => {
    expect(numbers(arange(2, 5))).toEqual([2, 3, 4])
    expect(numbers(arange(2, 7, 2))).toEqual([2, 4, 6])
    expect(numbers(arange(5, 2, -2))).toEqual([5, 3])
    expect(numbers(arange(2, 2))).toEqual([])
    expect(numbers(arange(2, 1))).toEqual([])
  })

  test('computes start + i · step and does not add up errors', () => {
    const made = numbers(arange(0, 1, 0.001, { dtype: 'float64' }))
    expect(made).toHaveLength(1000)
    expect(made[999]).toBe(999 * 0.001)
  })

  test.each([
    [() => arange(0, 1, 0), 'arange: got start 0, end 1, step 0, expected finite numbers and a step other than 0.'],
    [() => arange(Infinity), 'arange: got start 0, end Infinity'],
    [() => arange(Number.NaN), 'end NaN'],
    [
      () => arange(0, 2, 0.5, { dtype: 'int32' }),
      'step 0.5 for int32, expected whole numbers within int32. Choose a float dtype.',
    ],
    [() => arange(0.5, 3, 1, { dtype: 'int32' }), 'start 0.5'],
    [() => arange(2 ** 31, 2 ** 31 + 2), 'for int32'],
    [() => arange(2, { dtype: 'bool' }), 'for bool'],
  ])('refuses sequences that are endless or do not fit their dtype', (make, message) => {
    expect(make).toThrow(message)
  })
})

describe('linspace', () => {
  test('includes both ends', () => {
    expect(numbers(linspace(0, 1, 5))).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(numbers(linspace(1, -1, 3))).toEqual([1, 0, -1])
    expect(numbers(linspace(3, 7, 1))).toEqual([3])
  })

  test.each([2, 3, 7, 10, 11, 50, 101])('ends exactly at its end in %i steps', (steps) => {
    const made = numbers(linspace(0.1, 0.7, steps))
    expect(made[0]).toBe(Math.fround(0.1))
    expect(made[steps - 1]).toBe(Math.fround(0.7))
  })

  test('is symmetric', () => {
    const made = numbers(linspace(-0.3, 0.3, 14))
    expect([...made].reverse().map((x) => -x)).toEqual(made)
  })

  test('truncates for int32 only at the end', () => {
    expect(numbers(linspace(0, 3, 7, { dtype: 'int32' }))).toEqual([0, 0, 1, 1, 2, 2, 3])
  })

  test('refuses fractions of steps', () => {
    expect(() => linspace(0, 1, 2.5)).toThrow('linspace: got 2.5 steps, expected a whole number of at least 0.')
  })
})
