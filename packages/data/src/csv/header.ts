import { isNumeric, missingMarkers } from './cells.js'
import type { Grid } from './parse-grid.js'

/** Kinds of first row: column names, scikit-learn's `rows,features,class names…`, or data. */
export type HeaderKind = 'names' | 'sizes' | 'none'

const isSizes = ([first = [], ...rest]: Grid['rows']): boolean => {
  const [count, features, ...classes] = first
  return (
    Number(count) === rest.length &&
    Number(features) + 1 === rest[0]?.length &&
    classes.length > 0 &&
    !classes.some(isNumeric)
  )
}

const isNames = ([first = [], ...rest]: Grid['rows']): boolean =>
  rest.length > 0 &&
  !first.some(isNumeric) &&
  first.some((_, column) =>
    rest.every((row) => {
      const cell = (row[column] ?? '').trim()
      return isNumeric(cell) || missingMarkers.includes(cell)
    }),
  )

/**
 * Finds out what the first row is. It holds names when none of its cells is a number while some column below it holds
 * numbers only; it holds sizes when they are those of the file.
 *
 * @param rows - the cells
 * @param label - a column name that the caller expects
 * @returns the kind
 */
export const detectHeader = (rows: Grid['rows'], label: string | undefined): HeaderKind => {
  if (isSizes(rows)) return 'sizes'
  if (label !== undefined && rows[0]?.some((cell) => cell.trim() === label) === true) return 'names'
  return isNames(rows) ? 'names' : 'none'
}
