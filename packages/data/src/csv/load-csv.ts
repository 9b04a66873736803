import { ArgumentError, FormatError, type Tensor } from '@chainrule/tensor'
import type { DataSource } from '../sources/data-source.js'
import { readText } from '../sources/read-text.js'
import { missingMarkers } from './cells.js'
import { csvTable, type CsvTable } from './csv-table.js'
import type { Column } from './encode-column.js'
import { encodeFeatures } from './encode-features.js'
import { encodeLabels, type LabelKind } from './encode-labels.js'
import { detectHeader, type HeaderKind } from './header.js'
import { type Grid, parseGrid } from './parse-grid.js'

/** Options of {@link loadCsv}. */
export interface LoadCsvOptions {
  /** Column with the labels: its name, or its place, counted from the end when negative. */
  readonly label?: string | number
  /** Whether labels are classes or numbers to predict; found out when absent. */
  readonly labelKind?: LabelKind
  /**
   * What the first row is: column names, scikit-learn's `rows,features,class names…`, or data (`none`). Found out when
   * absent: names when no cell of it is a number and some column below it holds numbers only.
   */
  readonly header?: HeaderKind
  /** Columns whose numbers stand for names, by name or place. */
  readonly categorical?: readonly (string | number)[]
  /** Between cells; found out when absent. */
  readonly delimiter?: string
  /** Cells that stand for a missing value; by default the empty cell, `?`, `NA`, `N/A`, `NaN`, `nan`, `null`, `NULL`. */
  readonly missing?: readonly string[]
  /** Leave out rows with a missing value instead of refusing the file. */
  readonly dropMissing?: boolean
}

const checkWidths = ({ rows, lineOf }: Grid, first: number): number => {
  const width = rows[first]?.length ?? 0
  const ragged = rows.findIndex((row, index) => index >= first && row.length !== width)
  if (ragged >= 0) {
    throw new FormatError(
      `loadCsv: got ${rows[ragged]?.length ?? 0} cells on line ${lineOf(ragged)}, expected ${width} as on line ${lineOf(first)}. ` +
        'Correct the line, or give the `delimiter`.',
    )
  }
  return width
}

const checkMissing = (
  grid: Grid,
  kept: readonly number[],
  names: readonly string[],
  missing: ReadonlySet<string>,
): void => {
  for (const row of kept) {
    const column = grid.rows[row]?.findIndex((cell) => missing.has(cell.trim())) ?? -1
    if (column < 0) continue
    throw new FormatError(
      `loadCsv: got the missing value "${grid.rows[row]?.[column] ?? ''}" in column "${names[column] ?? ''}" on line ` +
        `${grid.lineOf(row)}, expected a value. Fill it in, or leave such rows out with \`dropMissing: true\`.`,
    )
  }
}

const columnPlace = (column: string | number, names: readonly string[]): number => {
  const place = typeof column === 'string' ? names.indexOf(column) : column < 0 ? names.length + column : column
  if (Number.isInteger(place) && place >= 0 && place < names.length) return place
  throw new ArgumentError(
    `loadCsv: got column ${typeof column === 'string' ? `"${column}"` : column}, expected one of ${names.map((name) => `"${name}"`).join(', ')} ` +
      `or a place from ${-names.length} to ${names.length - 1}. Choose a column of the file.`,
  )
}

const parseTable = (text: string, options: LoadCsvOptions): CsvTable => {
  const grid = parseGrid(text, options.delimiter)
  const header =
    options.header ?? detectHeader(grid.rows, typeof options.label === 'string' ? options.label : undefined)
  const first = header === 'none' ? 0 : 1
  const width = checkWidths(grid, header === 'names' ? 0 : first)
  const names = Array.from({ length: width }, (_, column) =>
    header === 'names' ? (grid.rows[0]?.[column] ?? '').trim() : `column${column}`,
  )
  const missing = new Set(options.missing ?? missingMarkers)
  const all = Array.from({ length: grid.rows.length - first }, (_, row) => first + row)
  const isComplete = (row: number): boolean => grid.rows[row]?.every((cell) => !missing.has(cell.trim())) ?? false
  const kept = options.dropMissing === true ? all.filter(isComplete) : all
  checkMissing(grid, kept, names, missing)
  if (kept.length === 0) {
    throw new FormatError(
      `loadCsv: got no rows of data in ${grid.rows.length} lines, expected at least one. Check the header and the missing values.`,
    )
  }
  const columns = names.map((name, place): Column => ({
    name,
    cells: kept.map((row) => (grid.rows[row]?.[place] ?? '').trim()),
    lineOf: (index) => grid.lineOf(kept[index] ?? 0),
  }))
  const label = options.label ?? (header === 'sizes' ? -1 : undefined)
  const labelPlace = label === undefined ? undefined : columnPlace(label, names)
  const categorical = new Set(options.categorical?.map((column) => names[columnPlace(column, names)]))
  const features = encodeFeatures(
    columns.filter((_, place) => place !== labelPlace),
    ({ name }) => categorical.has(name),
  )
  const labelColumn = labelPlace === undefined ? undefined : columns[labelPlace]
  const classNames = header === 'sizes' ? grid.rows[0]?.slice(2) : undefined
  return csvTable(features, labelColumn && encodeLabels(labelColumn, options.labelKind, classNames), kept.length)
}

/** With a label column, the labels are there. */
export function loadCsv(
  source: DataSource,
  options: LoadCsvOptions & { readonly label: string | number },
): Promise<CsvTable<Tensor>>
/** Without one, there are labels only if the file itself says so (scikit-learn's header). */
export function loadCsv(source: DataSource, options?: LoadCsvOptions): Promise<CsvTable>
/**
 * Loads a CSV file, plain or gzip, as tensors. Numeric columns are features as they are, columns of words one indicator
 * for each word. Words as labels are classes, numbered in alphabetical order.
 *
 * @param source - path, address, bytes or blob
 * @param options - label column, header, delimiter, categorical columns, missing values
 * @returns features (float32, [rows, features]), labels (int32 classes or float32 values, [rows]), names, and `split`
 * @throws SourceError when the source cannot be read
 * @throws FormatError with the line number at ragged rows, missing values, broken quotes, words among numbers
 * @throws ArgumentError when a column is not there
 *
 * @example
 * ```ts
 * import { loadCsv } from '@chainrule/data'
 * const file = new TextEncoder().encode('width,colour,kind\n1,red,apple\n2,green,pear\n3,red,apple\n4,green,pear\n')
 * const fruit = await loadCsv(file, { label: 'kind' })
 * console.log(fruit.featureNames, fruit.classNames) // ['width', 'colour=green', 'colour=red'] ['apple', 'pear']
 * const { train, test } = fruit.split({ testFraction: 0.25, seed: 1, standardize: true })
 * console.log(train.features.shape, test.labels.shape) // [3, 3] [1]
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export async function loadCsv(source: DataSource, options: LoadCsvOptions = {}): Promise<CsvTable> {
  return parseTable(await readText(source, 'loadCsv'), options)
}
