import type { Features } from './encode-features.js'

/** Shift and scale of each feature: (x − mean) / deviation. */
export interface Standardization {
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

/** Leaves every feature as it is. */
export const identityStandardization = (features: number): Standardization => ({
  mean: Array.from({ length: features }, () => 0),
  deviation: Array.from({ length: features }, () => 1),
})

/**
 * Mean μ = Σ x / n and deviation σ = √(Σ (x − μ)² / n) of each measured feature over some rows, in float64. Indicators of
 * categories stay as they are, and a feature that never changes is only shifted.
 *
 * @param features - all rows
 * @param rows - the rows to fit on
 * @returns shift and scale
 */
export const fitStandardization = ({ names, values, isMeasured }: Features, rows: Uint32Array): Standardization => {
  const width = names.length
  const mean: number[] = []
  const deviation: number[] = []
  for (let column = 0; column < width; column++) {
    const at = (row: number): number => values[row * width + column] ?? 0
    if (isMeasured[column] === true) {
      const center = rows.reduce((sum, row) => sum + at(row), 0) / rows.length
      const variance = rows.reduce((sum, row) => sum + (at(row) - center) ** 2, 0) / rows.length
      mean.push(center)
      deviation.push(variance > 0 ? Math.sqrt(variance) : 1)
    } else {
      mean.push(0)
      deviation.push(1)
    }
  }
  return { mean, deviation }
}
