import { describe, expect, test } from 'vitest'
import { bytes, counted, duration, percent, shapeText, table, whole, words } from './format.js'

describe('numbers and names for people', () => {
  test.each([
    [whole(1_234_567.4), '1,234,567'],
    [counted(1, 'row'), '1 row'],
    [counted(1000, 'row'), '1,000 rows'],
    [percent(0.98123), '98.1 %'],
    [percent(1), '100.0 %'],
    [shapeText([1, 28, 28]), '1 × 28 × 28'],
    [shapeText([]), 'scalar'],
    [words('blasThreads'), 'blas threads'],
    [bytes(999), '999 B'],
    [bytes(407_080), '407.1 kB'],
    [bytes(25_769_803_776), '25.8 GB'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected)
  })

  test.each([
    [0.04, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 0 s'],
    [200, '3 min 20 s'],
    [3599.6, '1 h 0 min'],
    [7199, '1 h 59 min'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })
})

test('a table has columns as wide as their widest cells and no trailing spaces', () => {
  const rows = [
    ['name', 'x'],
    ['a', 'long one'],
    ['b', 'y', 'z'],
  ]
  expect(table(rows)).toBe('name  x\na     long one\nb     y         z')
})
