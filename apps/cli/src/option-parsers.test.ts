import { InvalidArgumentError } from 'commander'
import { describe, expect, test } from 'vitest'
import { column, count, fraction, notNegative, positive, seed, widths } from './option-parsers.js'

describe('option parsers', () => {
  test.each([
    [count, '12', 12],
    [count, '1e3', 1000],
    [seed, '0', 0],
    [positive, '0.05', 0.05],
    [notNegative, '0', 0],
    [fraction, '0.25', 0.25],
    [widths, '256,128', [256, 128]],
    [column, 'species', 'species'],
    [column, '-1', -1],
  ] as const)('%o reads %s', (parse, text, value) => {
    expect(parse(text)).toEqual(value)
  })

  test.each([
    [count, '0'],
    [count, '1.5'],
    [count, ''],
    [count, '9007199254740993'],
    [seed, '-1'],
    [positive, '0'],
    [positive, 'Infinity'],
    [positive, 'NaN'],
    [notNegative, '-0.1'],
    [fraction, '1'],
    [fraction, ' '],
    [widths, '16,'],
  ] as const)('%o refuses "%s"', (parse, text) => {
    expect(() => parse(text)).toThrow(InvalidArgumentError)
  })
})
