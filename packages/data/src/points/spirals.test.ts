import { describe, expect, test } from 'vitest'
import { spirals } from './spirals.js'

describe('spirals', () => {
  test('wind from the centre outwards, an arm a class', () => {
    const [samples, classes, turns] = [90, 3, 1.5]
    const { points, labels } = spirals({ samples, classes, turns, noise: 0 })
    expect([points.shape, points.dtype, labels.shape, labels.dtype]).toEqual([[90, 2], 'float32', [90], 'int32'])
    const places = points.dataSync()
    labels.dataSync().forEach((label, sample) => {
      expect(label).toBe(sample % classes)
      const [x, y] = [places[2 * sample] ?? 0, places[2 * sample + 1] ?? 0]
      const radius = Math.hypot(x, y)
      const angle = 2 * Math.PI * (label / classes + turns * radius)
      // A radius off by a float32 rounding (6e-8) turns the angle by 2π · 1.5 · 6e-8 = 6e-7.
      expect(x).toBeCloseTo(radius * Math.cos(angle), 5)
      expect(y).toBeCloseTo(radius * Math.sin(angle), 5)
    })
    const radii = [0, 89].map((sample) => Math.hypot(places[2 * sample] ?? 0, places[2 * sample + 1] ?? 0))
    expect(radii[0]).toBeCloseTo(0.05, 6)
    expect(radii[1]).toBeCloseTo(1, 6)
  })

  test('repeat for the same seed and differ for another', () => {
    const points = (seed: number): number[] => [...spirals({ samples: 50, seed }).points.dataSync()]
    expect(points(1)).toEqual(points(1))
    expect(points(1)).not.toEqual(points(2))
  })

  test.each([{ samples: 0 }, { classes: 0 }, { turns: Infinity }, { noise: -1 }, { seed: 0.5 }])(
    'refuse %j',
    (options) => {
      expect(() => spirals(options)).toThrow(/^spirals: got (samples|classes|turns|noise|seed) /)
    },
  )
})
