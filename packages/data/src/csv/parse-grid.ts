import { FormatError } from '@chainrule/tensor'
import Papa from 'papaparse'

/** The cells of a CSV file, without empty lines. */
export interface Grid {
  readonly rows: readonly (readonly string[])[]
  /** Line of the file, from 1, on which a row begins. */
  readonly lineOf: (row: number) => number
}

/** The delimiter that the first lines agree on, empty ones aside. */
const guessDelimiter = (text: string): string =>
  Papa.parse(text.slice(0, 1 << 16), { preview: 1, skipEmptyLines: true }).meta.delimiter

/**
 * Parses CSV as RFC 4180 has it.
 *
 * @param text - the file
 * @param delimiter - between cells; found out when absent
 * @returns the cells
 * @throws FormatError with the line number at a quote that is not closed, or when there is no row at all
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export const parseGrid = (text: string, delimiter?: string): Grid => {
  const parsed = Papa.parse<string[]>(text, { delimiter: delimiter ?? guessDelimiter(text) })
  const rowLine = (row: number): number => {
    if (row === 0) return 1
    // The fast mode's cursor is a row too far.
    const { meta } = Papa.parse(text, { delimiter: parsed.meta.delimiter, preview: row, fastMode: false })
    return 1 + [...text.slice(0, meta.cursor).matchAll(/\r\n|\n|\r/g)].length
  }
  const broken = parsed.errors.find((error) => error.type === 'Quotes')
  if (broken !== undefined) {
    throw new FormatError(
      `loadCsv: got a row with a broken quotation on line ${rowLine(broken.row ?? 0)}, expected a closing quote before the ` +
        `delimiter. Write a quote inside a quoted cell as "".`,
    )
  }
  const isFilled = (row: readonly string[]): boolean => row.length > 1 || (row[0] ?? '').trim() !== ''
  const places = parsed.data.flatMap((row, place) => (isFilled(row) ? [place] : []))
  if (places.length === 0) {
    throw new FormatError('loadCsv: got a file without rows, expected at least one. Check the source.')
  }
  return { rows: parsed.data.filter(isFilled), lineOf: (row) => rowLine(places[row] ?? 0) }
}
