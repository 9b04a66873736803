import { describe, expect, it } from 'vitest'
import { conversions, scalarFunctions } from './scalar-functions.js'

const { pow, round, sigmoid, sign, maximum, minimum, where } = scalarFunctions

describe('scalar functions', () => {
  it('rounds halves to even and keeps the sign of zero', () => {
    const halves = [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5]
    expect(halves.map((x) => round(x, 0, 0))).toEqual([-4, -2, -2, -0, 0, 2, 2, 4])
    expect([0.49999999999999994, -0.2, 2.6, -2.6].map((x) => round(x, 0, 0))).toEqual([0, -0, 3, -3])
    expect([NaN, Infinity, 2 ** 53 - 1].map((x) => round(x, 0, 0))).toEqual([NaN, Infinity, 2 ** 53 - 1])
  })

  it('follows IEEE 754 where Math.pow does not', () => {
    expect(pow(1, NaN, 0)).toBe(1)
    expect(pow(1, Infinity, 0)).toBe(1)
    expect(pow(-1, -Infinity, 0)).toBe(1)
    expect(pow(NaN, 0, 0)).toBe(1)
    expect(pow(-8, 1 / 3, 0)).toBeNaN()
    expect(pow(-2, 3, 0)).toBe(-8)
    expect(pow(0, -1, 0)).toBe(Infinity)
  })

  it('lets NaN through sign, maximum and minimum, on either side', () => {
    expect(sign(NaN, 0, 0)).toBeNaN()
    for (const extreme of [maximum, minimum]) {
      expect(extreme(NaN, 1, 0)).toBeNaN()
      expect(extreme(1, NaN, 0)).toBeNaN()
    }
  })

  it('keeps sigmoid finite and accurate at both ends', () => {
    expect(sigmoid(0, 0, 0)).toBe(0.5)
    expect([800, -800, Infinity, -Infinity].map((x) => sigmoid(x, 0, 0))).toEqual([1, 0, 1, 0])
    expect(sigmoid(-700, 0, 0)).toBe(Math.exp(-700))
    expect(sigmoid(NaN, 0, 0)).toBeNaN()
  })

  it('takes any condition but 0 as true', () => {
    expect([where(1, 2, 3), where(0, 2, 3)]).toEqual([2, 3])
  })
})

describe('conversions', () => {
  it('truncates and saturates to int32', () => {
    expect([2.9, -2.9, 3e9, -3e9, NaN].map(conversions.int32)).toEqual([2, -2, 2147483647, -2147483648, 0])
  })

  it('makes everything but 0 true', () => {
    expect([0, -0, 0.1, NaN, -1].map(conversions.bool)).toEqual([0, 0, 1, 1, 1])
  })

  it('rounds to float32', () => {
    expect(conversions.float32(0.1)).toBe(Math.fround(0.1))
    expect(conversions.float64(0.1)).toBe(0.1)
  })
})
