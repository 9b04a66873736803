import type { Tap } from './correlation-parts.js'

/**
 * Taps as equal rows of a grid. What the places of an area see through one row of taps is what other rows see some rows
 * higher, so a library needs it packed once for all rows: a band, in which the rows of taps begin at different places.
 */
export interface TapBands {
  /** Row after row. */
  readonly taps: readonly Tap[]
  /** How many rows of taps there are, and rows of the source from one to the next. */
  readonly count: number
  readonly step: number
}

/** Pairs of channel and tap in a row of taps from which several products of them are as fast as one of all. */
const leastPairs = 24

/**
 * The rows of taps that products on a library are split into; a single one of all taps where they form no grid, where places
 * of an area that lie side by side see rows that do not, and where rows are too short to be products of their own.
 *
 * @param taps - in any order
 * @param channels - planes of the source in one group
 * @param strideRows - rows of the source between what neighbouring places see
 * @returns the rows
 */
export const tapBands = (taps: readonly Tap[], channels: number, strideRows: number): TapBands => {
  const whole = { taps, count: 1, step: 0 }
  const rows = [...new Set(taps.map(({ row }) => row))].sort((a, b) => a - b)
  const columns = [...new Set(taps.map(({ column }) => column))].sort((a, b) => a - b)
  const [first = 0, second = 0] = rows
  const step = second - first
  const isGrid =
    rows.length > 1 &&
    rows.length * columns.length === taps.length &&
    rows.every((row, index) => row === first + index * step)
  if (!isGrid || strideRows !== 1 || channels * columns.length < leastPairs) return whole
  const sorted = [...taps].sort((a, b) => a.row - b.row || a.column - b.column)
  return { taps: sorted, count: rows.length, step }
}
