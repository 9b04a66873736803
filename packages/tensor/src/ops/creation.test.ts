import { describe, expect, test } from 'vitest'
import { cell, type Tensor } from '../index.js'
import { eye, full, ones, onesLike, zeros, zerosLike } from './creation.js'

const numbers = (x: Tensor): number[] => [...x.dataSync()]

describe('creation', () => {
  test('zeros, ones and full have the shape and dtype asked for', () => {
    expect(numbers(zeros([2, 2]))).toEqual([0, 0, 0, 0])
    expect(ones([3], { dtype: 'int32' }).dtype).toBe('int32')
    expect(numbers(full([2], 0.5, { dtype: 'float64' }))).toEqual([0.5, 0.5])
    expect(full([2], true).dtype).toBe('bool')
    expect(zeros([]).size).toBe(1)
    expect(zeros([3, 0]).size).toBe(0)
  })

  test('full reads a cell when it runs', () => {
    const value = cell(1)
    const before = full([2], value)
    value.set(2)
    expect(numbers(before)).toEqual([1, 1])
    expect(numbers(full([2], value))).toEqual([2, 2])
  })

  test('zerosLike and onesLike follow a model', () => {
    const model = zeros([2, 1], { dtype: 'int32' })
    expect([zerosLike(model).shape, zerosLike(model).dtype]).toEqual([[2, 1], 'int32'])
    expect(numbers(onesLike(model))).toEqual([1, 1])
  })

  test('eye has ones on the main diagonal', () => {
    expect(numbers(eye(2, { columns: 3, dtype: 'int32' }))).toEqual([1, 0, 0, 0, 1, 0])
    expect(eye(3, { columns: 2 }).shape).toEqual([3, 2])
  })

  test.each([
    [() => zeros([-1]), 'zeros: got shape [-1], expected whole numbers of at least 0'],
    [() => ones([1.5]), 'ones: got shape [1.5]'],
    [() => zeros(3 as unknown as number[]), 'zeros: got 3 as a shape, expected a list of sizes such as [2, 3].'],
    [() => eye(-1), 'eye: got shape [-1, -1]'],
  ])('refuses what is no shape', (make, message) => {
    expect(make).toThrow(message)
  })
})
