import { describe, expect, test } from 'vitest'
import '../index.js'
import { add, cast, div, exp, floor, less, logicalAnd, mul, pow, where } from './builders.js'
import { cellSlot, constant, count, type Expression, identityOf, index, input, reintern, stage } from './expression.js'

const x = input(0, 'float32')
const y = input(1, 'float32')

describe('expressions', () => {
  test('that are equal are the same object', () => {
    expect(add(mul(x, y), constant(1, 'float32'))).toBe(add(mul(x, y), constant(1, 'float32')))
    expect(add(x, y)).not.toBe(add(y, x))
    expect(constant(0, 'float32')).not.toBe(constant(-0, 'float32'))
    expect(constant(Number.NaN, 'float32')).toBe(constant(Number.NaN, 'float32'))
    expect(constant(1, 'float32')).not.toBe(constant(1, 'float64'))
    expect(
      [input(1, 'int32'), cellSlot(1, 'int32'), stage(1, 'int32'), index(1), count('int32')].map(identityOf),
    ).toEqual([
      ...new Set(
        [input(1, 'int32'), cellSlot(1, 'int32'), stage(1, 'int32'), index(1), count('int32')].map(identityOf),
      ),
    ])
  })

  test('are frozen', () => {
    expect(Object.isFrozen(add(x, y))).toBe(true)
  })

  test('are plain data: a clone finds its interned twin', () => {
    const original = where(
      less(x, y),
      exp(x),
      add(cast(index(0), 'float32'), mul(cellSlot(2, 'float32'), stage(0, 'float32'))),
    )
    const clone = structuredClone(original)
    expect(clone).not.toBe(original)
    expect(reintern(clone)).toBe(original)
    expect(identityOf(clone)).toBe(identityOf(original))
    expect(reintern(original)).toBe(original)
  })

  test('with shared parts are reinterned part by part: 2^200 paths take no time', () => {
    let power: Expression = x
    for (let doubling = 0; doubling < 200; doubling++) power = add(power, power)
    expect(reintern(power)).toBe(power)
    expect(reintern(structuredClone(power))).toBe(power)
  })
})

describe('builders', () => {
  const whole = input(0, 'int32')

  test('refuse arguments of different dtypes', () => {
    expect(() => add(x, whole)).toThrow(
      'add: got arguments of float32 and int32, expected one dtype. Cast one of them.',
    )
    expect(() => where(less(x, y), x, whole)).toThrow('where: got arguments of float32 and int32')
  })

  test('refuse integers where only floats have a meaning', () => {
    expect(() => exp(whole)).toThrow('exp: got int32, expected a floating dtype. Cast the argument first.')
    expect(() => div(whole, whole)).toThrow('div: got int32')
    expect(() => pow(whole, whole)).toThrow('pow: got int32')
  })

  test('leave out what changes nothing', () => {
    expect(cast(x, 'float32')).toBe(x)
    expect(floor(whole)).toBe(whole)
  })

  test('make truth of logical arguments', () => {
    expect(logicalAnd(x, whole)).toBe(logicalAnd(cast(x, 'bool'), cast(whole, 'bool')))
    expect(logicalAnd(x, whole).dtype).toBe('bool')
    expect(less(x, y).dtype).toBe('bool')
  })
})
