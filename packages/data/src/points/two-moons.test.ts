import { describe, expect, test } from 'vitest'
import { twoMoons } from './two-moons.js'

describe('twoMoons', () => {
  test('lie on two half circles without noise', () => {
    const { points, labels } = twoMoons({ samples: 101, noise: 0 })
    expect([points.shape, points.dtype, labels.shape, labels.dtype]).toEqual([[101, 2], 'float32', [101], 'int32'])
    const places = points.dataSync()
    labels.dataSync().forEach((label, sample) => {
      const [x, y] = [places[2 * sample] ?? 0, places[2 * sample + 1] ?? 0]
      const [fromX, fromY] = label === 0 ? [x, y] : [x - 1, y - 0.5]
      // Coordinates up to 2 are rounded to float32, by at most 1.2e-7 each.
      expect(Math.hypot(fromX, fromY)).toBeCloseTo(1, 6)
      expect(label === 0 ? y : 0.5 - y).toBeGreaterThan(-1e-6)
    })
    expect([places[0], places[1]]).toEqual([1, 0])
  })

  test('take turns between the classes, from end to end of the half circles', () => {
    const { points, labels } = twoMoons({ samples: 6, noise: 0 })
    expect([...labels.dataSync()]).toEqual([0, 1, 0, 1, 0, 1])
    const x = [...points.dataSync()].filter((_, place) => place % 2 === 0)
    // cos(π/2) is 6e-17 rather than 0.
    expect(x.map((value) => Math.round(value * 1e6) / 1e6 + 0)).toEqual([1, 0, 0, 1, -1, 2])
  })

  test('repeat for the same seed, differ for another, and spread by the noise', () => {
    const points = (seed: number): number[] => [...twoMoons({ samples: 4000, noise: 0.2, seed }).points.dataSync()]
    expect(points(1)).toEqual(points(1))
    expect(points(1)).not.toEqual(points(2))
    const clean = [...twoMoons({ samples: 4000, noise: 0 }).points.dataSync()]
    const off = points(3).map((value, place) => value - (clean[place] ?? 0))
    const deviation = Math.sqrt(off.reduce((sum, value) => sum + value ** 2, 0) / off.length)
    // Five standard errors of a deviation from 8000 numbers: 5 · 0.2 / √16000.
    expect(Math.abs(deviation - 0.2)).toBeLessThan(0.008)
  })

  test.each([{ samples: 0 }, { samples: 1.5 }, { noise: -1 }, { noise: Number.NaN }, { seed: -1 }])(
    'refuse %j',
    (options) => {
      expect(() => twoMoons(options)).toThrow(/^twoMoons: got (samples|noise|seed) /)
    },
  )

  test('can be one point', () => {
    expect([...twoMoons({ samples: 1, noise: 0 }).points.dataSync()]).toEqual([1, 0])
  })
})
