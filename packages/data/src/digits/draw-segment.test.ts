import { describe, expect, test } from 'vitest'
import { drawSegment } from './draw-segment.js'

const draw = (x0: number, y0: number, x1: number, y1: number, radius: number): Float32Array => {
  const pixels = new Float32Array(10 * 10)
  drawSegment({ pixels, offset: 0, side: 10 }, x0, y0, x1, y1, radius)
  return pixels
}

describe('drawSegment', () => {
  test('fades over one pixel at its edge', () => {
    const column = [...draw(2, 5, 7, 5, 1.25)].filter((_, place) => place % 10 === 4)
    expect(column).toEqual([0, 0, 0, 0, 0.75, 1, 0.75, 0, 0, 0])
  })

  test('has round ends', () => {
    const pixels = draw(4, 4, 4, 4, 2)
    // The pixel at (6, 5) is √5 from the centre.
    expect(pixels[5 * 10 + 6]).toBe(Math.fround(2.5 - Math.sqrt(5)))
    expect(pixels[6 * 10 + 6]).toBe(0)
  })

  test('covers about its area', () => {
    const total = draw(2.3, 2.1, 6.9, 7.4, 1.1).reduce((sum, pixel) => sum + pixel, 0)
    const area = 2 * 1.1 * Math.hypot(4.6, 5.3) + Math.PI * 1.1 ** 2
    // Pixels sample the line once each, which is good to a few percent on a line of this length.
    expect(Math.abs(total / area - 1)).toBeLessThan(0.05)
  })

  test('stays inside the image and its own part of the array', () => {
    const pixels = new Float32Array(3 * 16)
    drawSegment({ pixels, offset: 16, side: 4 }, -9, -9, 20, 20, 3)
    expect(pixels.slice(0, 16).every((pixel) => pixel === 0)).toBe(true)
    expect(pixels.slice(16, 32).every((pixel) => pixel > 0)).toBe(true)
    expect(pixels.slice(32).every((pixel) => pixel === 0)).toBe(true)
  })

  test('leaves the brighter of two lines where they cross', () => {
    const pixels = draw(0, 5, 9, 5, 0.2)
    drawSegment({ pixels, offset: 0, side: 10 }, 5, 0, 5, 9, 1.5)
    expect(pixels[5 * 10 + 5]).toBe(1)
    expect(pixels[5 * 10 + 1]).toBe(Math.fround(0.7))
  })
})
