import { describe, expect, it } from 'vitest'
import { erf } from './erf.js'

/** 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!: all terms have one sign, so nothing cancels (Abramowitz & Stegun 7.1.6). */
const series = (x: number): number => {
  let term = x
  let sum = 0
  for (let n = 0; n < 300; n++) {
    sum += term
    term *= (2 * x * x) / (2 * n + 3)
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

describe('erf', () => {
  it('agrees with its series on all three ranges', () => {
    for (let x = -6.5; x <= 6.5; x += 1 / 64) {
      // The approximations are good to 5e−16; the series itself adds up to 300 rounded terms, and e^(−x²) with x² ≤ 43
      // carries an error of 43 · 2^−53.
      expect(Math.abs(erf(x) - series(x))).toBeLessThanOrEqual(1e-14 * Math.abs(series(x)))
    }
  })

  it('agrees with values of 40 digits to 5e−16', () => {
    // mpmath.erf at 40 digits, rounded to float64; the bound is the one that erf states.
    const known: readonly [x: number, value: number][] = [
      [1e-10, 1.1283791670955126e-10],
      [0.1, 0.1124629160182849],
      [0.3, 0.3286267594591274],
      [0.46875, 0.49261347321793797],
      [0.5, 0.5204998778130465],
      [0.84375, 0.7672256612323416],
      [1.0, 0.8427007929497149],
      [1.5, 0.9661051464753108],
      [2.0, 0.9953222650189527],
      [2.5, 0.999593047982555],
      [3.0, 0.9999779095030014],
      [3.9, 0.9999999652077514],
      [4.1, 0.9999999932999724],
      [5.0, 0.9999999999984626],
    ]
    for (const [x, value] of known) expect(Math.abs(erf(x) - value)).toBeLessThanOrEqual(5e-16 * value)
  })

  it('is odd, bounded, and lets NaN through', () => {
    expect(erf(-0.7)).toBe(-erf(0.7))
    expect([erf(Infinity), erf(-Infinity), erf(30)]).toEqual([1, -1, 1])
    expect(Object.is(erf(-0), -0)).toBe(true)
    expect(erf(NaN)).toBeNaN()
  })
})
