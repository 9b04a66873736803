import type { Tensor } from '@chainrule/tensor'
import { expect } from 'vitest'

/** A distribution in a golden file. */
export type Distribution =
  | { readonly distribution: 'uniform'; readonly low: number; readonly high: number }
  | { readonly distribution: 'normal'; readonly mean: number; readonly std: number }
  | { readonly distribution: 'constant'; readonly value: number }
  | { readonly distribution: 'orthogonal'; readonly side: 'rows' | 'columns'; readonly gain: number }

/** Largest distance between the shares of samples below a number and the distribution function there (Kolmogorov, 1933). */
const kolmogorov = (samples: readonly number[], below: (x: number) => number): number => {
  const sorted = [...samples].sort((a, b) => a - b)
  return Math.max(
    ...sorted.map((x, place) => Math.max(below(x) - place / sorted.length, (place + 1) / sorted.length - below(x))),
  )
}

/** Φ by the series of its integral, good to 1e-12 within ±6. */
const normalBelow = (x: number): number => {
  if (Math.abs(x) > 6) return x > 0 ? 1 : 0
  let term = x
  let sum = x
  for (let n = 1; n < 200; n++) {
    term *= (x * x) / (2 * n + 1)
    sum += term
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)
}

/** A sample of its size strays farther than this from its distribution once in ten thousand times. */
const bound = (samples: readonly number[]): number => 2.23 / Math.sqrt(samples.length)

/** Checks that samples follow a distribution: bounds, and Kolmogorov's distance. The seed is fixed, so it passes always or never. */
export const expectDistribution = (samples: readonly number[], expected: Distribution): void => {
  switch (expected.distribution) {
    case 'constant':
      expect(new Set(samples)).toEqual(new Set([expected.value]))
      break
    case 'uniform': {
      const { low, high } = expected
      // The bounds themselves round to float32.
      expect(Math.min(...samples)).toBeGreaterThanOrEqual(Math.fround(low))
      expect(Math.max(...samples)).toBeLessThanOrEqual(Math.fround(high))
      expect(kolmogorov(samples, (x) => (x - low) / (high - low))).toBeLessThan(bound(samples))
      break
    }
    case 'normal': {
      const { mean, std } = expected
      expect(kolmogorov(samples, (x) => normalBelow((x - mean) / std))).toBeLessThan(bound(samples))
      break
    }
    case 'orthogonal':
      throw new Error('an orthogonal matrix is not a sample of numbers')
  }
}

/** Checks that the rows or columns of [shape[0], rest] are orthogonal with length gain. */
export const expectOrthogonal = (
  value: Tensor,
  { side, gain }: Extract<Distribution, { distribution: 'orthogonal' }>,
): void => {
  const matrix = value.reshape([value.shape[0] ?? 0, -1])
  const lines = side === 'rows' ? matrix : matrix.transpose(0, 1)
  const products = lines.matmul(lines.transpose(0, 1)).dataSync()
  const count = lines.shape[0] ?? 0
  products.forEach((product, place) => {
    // A product of float32 lines of length gain is known to some 1e-7 of gain².
    expect(product).toBeCloseTo(place % (count + 1) === 0 ? gain ** 2 : 0, 5)
  })
}
