/** How a matrix is passed to a library. */
export const operandForm = {
  /** As it lies, row after row. */
  plain: 0,
  /** As it lies, column after column. */
  transposed: 1,
  /** It lies otherwise, and is copied first, row after row. */
  packed: 2,
} as const

/** A form, and the elements from one row (or column) to the next. */
export interface PassedOperand {
  readonly form: number
  readonly leading: number
}

/**
 * Decides how a matrix is passed: libraries take matrices whose rows or columns are whole, apart, and in order.
 *
 * @param sizes - rows and columns
 * @param strides - elements from row to row, and from column to column
 * @returns the form and the leading dimension
 */
export const passedOperand = (
  [rows, columns]: readonly [number, number],
  [rowStride, columnStride]: readonly [number, number],
): PassedOperand => {
  if (columnStride === 1 || columns <= 1) {
    if (rows <= 1) return { form: operandForm.plain, leading: Math.max(1, columns) }
    if (rowStride >= Math.max(1, columns)) return { form: operandForm.plain, leading: rowStride }
  }
  if (rowStride === 1 || rows <= 1) {
    if (columns <= 1) return { form: operandForm.transposed, leading: Math.max(1, rows) }
    if (columnStride >= Math.max(1, rows)) return { form: operandForm.transposed, leading: columnStride }
  }
  return { form: operandForm.packed, leading: Math.max(1, columns) }
}
