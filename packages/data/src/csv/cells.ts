/** Cells that stand for a missing value unless the caller names others. */
export const missingMarkers: readonly string[] = ['', '?', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL']

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** Whether a cell is a decimal number. */
export const isNumeric = (cell: string): boolean => decimal.test(cell.trim())
