import { FormatError } from '@chainrule/tensor'
import { type Column, encodeCategories, encodeColumn } from './encode-column.js'

/** What the label column holds: classes, or numbers to predict. */
export type LabelKind = 'class' | 'number'

/** The label column. */
export interface Labels {
  /** Class numbers as int32, or the numbers as float32. */
  readonly values: Int32Array | Float32Array
  /** Names of the classes by number; empty for numbers. */
  readonly classNames: readonly string[]
}

/** Whether the numbers are 0 … k − 1, each of them used. */
const areClassNumbers = (values: Float64Array): boolean => {
  const different = new Set(values)
  return [...different].every((value) => Number.isInteger(value) && value >= 0 && value < different.size)
}

const namesOfCodes = (codes: Float64Array | Int32Array, names: readonly string[], column: Column): Labels => {
  const wrong = codes.findIndex((code) => !(Number.isInteger(code) && code >= 0 && code < names.length))
  if (wrong >= 0) {
    throw new FormatError(
      `loadCsv: got the class ${column.cells[wrong] ?? ''} on line ${column.lineOf(wrong)}, expected 0 to ${names.length - 1}, ` +
        'one for each class name of the first row. Correct the file.',
    )
  }
  return { values: Int32Array.from(codes), classNames: names }
}

/**
 * Encodes the label column. Words are classes, numbered in order; whole numbers 0 … k − 1 that are all used are class
 * numbers as they are; other numbers are values to predict.
 *
 * @param column - the cells; none missing
 * @param kind - decides where the caller knows better; `class` numbers whatever the cells are
 * @param names - names of the classes, where the file states them
 * @returns the labels
 * @throws FormatError with the line number where numbers and words mix, or a class has no name
 */
export const encodeLabels = (column: Column, kind: LabelKind | undefined, names?: readonly string[]): Labels => {
  const encoded = kind === 'class' && names === undefined ? encodeCategories(column) : encodeColumn(column)
  if (encoded.kind === 'category') {
    if (kind !== 'number') return { values: encoded.codes, classNames: encoded.categories }
    throw new FormatError(
      `loadCsv: got "${column.cells[0] ?? ''}" in column "${column.name}" on line ${column.lineOf(0)}, expected a number. ` +
        "Choose another label column, or leave out `labelKind: 'number'`.",
    )
  }
  if (names !== undefined && kind !== 'number') return namesOfCodes(encoded.values, names, column)
  if (kind === undefined && areClassNumbers(encoded.values))
    return { values: Int32Array.from(encoded.values), classNames: encodeCategories(column).categories }
  return { values: Float32Array.from(encoded.values), classNames: [] }
}
