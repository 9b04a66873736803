import { describe, expect, test } from 'vitest'
import { glyphs } from './glyphs.js'
import { penPath } from './pen-path.js'

const pairs = (values: ArrayLike<number>): [number, number][] =>
  Array.from({ length: values.length / 2 }, (_, place) => [values[2 * place] ?? 0, values[2 * place + 1] ?? 0])

describe('penPath', () => {
  test('passes through the points of every stroke', () => {
    for (const stroke of glyphs.flat(2)) {
      const path = pairs(penPath(stroke))
      for (const [x, y] of pairs(stroke)) {
        // The points are whole numbers, the spline at its knots b + 0.5 · t · (…) with t = 0 or 1.
        expect(path.some(([otherX, otherY]) => Math.hypot(otherX - x, otherY - y) < 1e-9)).toBe(true)
      }
    }
  })

  test('is straight between two points', () => {
    for (const [x, y] of pairs(penPath([10, 20, 40, 80]))) expect(y).toBeCloseTo(2 * x, 9)
  })

  test('bends as much where a loop closes as at its other points', () => {
    const path = pairs(penPath([50, 0, 0, 50, 50, 100, 100, 50, 50, 0]))
    const pieces = path.length - 1
    expect(path[pieces]).toEqual(path[0])
    const direction = (piece: number): number => {
      const [from = [0, 0], to = [0, 0]] = [path[piece % pieces], path[(piece % pieces) + 1]]
      return Math.atan2(to[1] - from[1], to[0] - from[0])
    }
    const bend = (piece: number): number =>
      (((direction(piece) - direction(piece + pieces - 1)) % (2 * Math.PI)) + 3 * Math.PI) % (2 * Math.PI)
    const bends = [0, 1, 2, 3].map((point) => bend((point * pieces) / 4))
    // The loop is symmetric; what differs is rounding of angles near 1.
    for (const other of bends) expect(other).toBeCloseTo(bends[0] ?? Number.NaN, 9)
  })
})

describe('glyphs', () => {
  test('give each digit several ways, on the page', () => {
    expect(glyphs.length).toBe(10)
    for (const ways of glyphs) expect(ways.length).toBeGreaterThanOrEqual(4)
    for (const stroke of glyphs.flat(2)) {
      expect(stroke.length % 2).toBe(0)
      expect(stroke.length).toBeGreaterThanOrEqual(4)
      expect(stroke.every((coordinate) => coordinate >= 0 && coordinate <= 100)).toBe(true)
    }
  })
})
