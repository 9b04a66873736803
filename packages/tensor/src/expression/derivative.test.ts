import { describe, expect, test } from 'vitest'
import '../index.js'
import { add, cast, constant, div, equal, exp, floor, input, less, mul, neg, sub, where } from './builders.js'
import { differentiate, inputsOf, partialsOf, substitute } from './derivative.js'
import { type Expression, scalar } from './expression.js'

const x = input(0, 'float32')
const y = input(1, 'float32')
const one = constant(1, 'float32')
const zero = constant(0, 'float32')

describe('partialsOf', () => {
  test.each<readonly [text: string, of: Expression, partials: readonly (Expression | undefined)[]]>([
    ['x', x, [one, undefined]],
    ['x + y', add(x, y), [one, one]],
    ['x − y', sub(x, y), [one, constant(-1, 'float32')]],
    ['x y', mul(x, y), [y, x]],
    ['−x', neg(x), [constant(-1, 'float32'), undefined]],
    ['e^x', exp(x), [exp(x), undefined]],
    ['x / y', div(x, y), [div(one, y), neg(div(div(x, y), y))]],
    ['⌊x⌋', floor(x), [undefined, undefined]],
    ['3', constant(3, 'float32'), [undefined, undefined]],
  ])('∂ %s', (_, of, partials) => {
    expect(partialsOf(of, 2)).toEqual(partials)
  })

  test('adds up where a value is used twice', () => {
    expect(partialsOf(mul(x, x), 1)).toEqual([add(x, x)])
  })

  test('differentiates the branches of where, not its condition', () => {
    const choice = where(less(x, y), mul(x, y), y)
    expect(inputsOf(partialsOf(choice, 2)[0] ?? x)).toEqual([0, 1])
    expect(partialsOf(where(cast(x, 'bool'), one, zero), 1)).toEqual([undefined])
  })

  test('goes through conversions between floats, and stops at integers', () => {
    const wide = cast(x, 'float64')
    expect(partialsOf(mul(wide, wide), 1)).toEqual([cast(add(wide, wide), 'float32')])
    expect(partialsOf(cast(cast(x, 'int32'), 'float32'), 1)).toEqual([undefined])
  })

  test('of what is no float are none', () => {
    expect(partialsOf(equal(x, y), 2)).toEqual([undefined, undefined])
    expect(partialsOf(cast(x, 'int32'), 1)).toEqual([undefined])
  })

  test('visits shared nodes once: 2^200 paths take no time', () => {
    let power: Expression = x
    for (let doubling = 0; doubling < 200; doubling++) power = add(power, power)
    expect(inputsOf(differentiate(power, one).get(0) ?? x)).toEqual([])
  })
})

describe('differentiate', () => {
  test('carries a seed through', () => {
    const seed = input(7, 'float32')
    expect(differentiate(mul(x, y), seed)).toEqual(
      new Map([
        [0, mul(seed, y)],
        [1, mul(seed, x)],
      ]),
    )
  })

  test('takes expressions that came from elsewhere as plain data', () => {
    const copy = JSON.parse(JSON.stringify(mul(x, y))) as Expression
    expect(partialsOf(copy, 2)).toEqual([y, x])
  })
})

describe('substitute', () => {
  test('replaces nodes and keeps what is shared', () => {
    const product = mul(add(x, y), add(x, y))
    expect(substitute(product, (node) => (node === x ? exp(y) : undefined))).toBe(mul(add(exp(y), y), add(exp(y), y)))
    expect(substitute(product, () => undefined)).toBe(product)
  })

  test('does not look into replacements', () => {
    expect(substitute(x, (node) => (node === x ? add(x, x) : undefined))).toBe(add(x, x))
  })
})

test('inputsOf lists the inputs in order, once', () => {
  expect(inputsOf(scalar('add', 'float32', [mul(y, y), input(5, 'float32')]))).toEqual([1, 5])
  expect(inputsOf(one)).toEqual([])
})
