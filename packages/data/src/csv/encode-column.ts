import { FormatError } from '@chainrule/tensor'
import { isNumeric } from './cells.js'

/** Cells of one column, with where they stand. */
export interface Column {
  readonly name: string
  readonly cells: readonly string[]
  /** Line of the file for the n-th cell. */
  readonly lineOf: (index: number) => number
}

/** A column of numbers. */
export interface NumericColumn {
  readonly kind: 'number'
  readonly values: Float64Array
}

/** A column of names, or of numbers that stand for names. */
export interface CategoricalColumn {
  readonly kind: 'category'
  /** The different names, in order. */
  readonly categories: readonly string[]
  /** Place of each cell's name in `categories`. */
  readonly codes: Int32Array
}

/** Numbers in numeric order, everything else in the order of character codes, the same on every machine. */
const compareNames = (left: string, right: string): number =>
  isNumeric(left) && isNumeric(right) ? Number(left) - Number(right) : left < right ? -1 : left > right ? 1 : 0

/**
 * Gives each different cell of a column a number.
 *
 * @param column - the cells
 * @returns the names and the number of each cell
 */
export const encodeCategories = ({ cells }: Column): CategoricalColumn => {
  const categories = [...new Set(cells)].sort(compareNames)
  const codeOf = new Map(categories.map((category, code) => [category, code]))
  return { kind: 'category', categories, codes: Int32Array.from(cells, (cell) => codeOf.get(cell) ?? 0) }
}

/**
 * Reads a column as numbers, or as categories where none of its cells is a number.
 *
 * @param column - the cells; none missing
 * @returns the encoded column
 * @throws FormatError with the line number where numbers and words mix
 */
export const encodeColumn = (column: Column): NumericColumn | CategoricalColumn => {
  const { name, cells, lineOf } = column
  const numeric = isNumeric(cells[0] ?? '')
  const other = cells.findIndex((cell) => isNumeric(cell) !== numeric)
  if (other >= 0) {
    throw new FormatError(
      `loadCsv: got "${cells[other] ?? ''}" in column "${name}" on line ${lineOf(other)}, expected ` +
        `${numeric ? 'a number' : 'a word'} like "${cells[0] ?? ''}" on line ${lineOf(0)}. ` +
        'Correct the cell, or name the column in `categorical`.',
    )
  }
  return numeric ? { kind: 'number', values: Float64Array.from(cells, Number) } : encodeCategories(column)
}
