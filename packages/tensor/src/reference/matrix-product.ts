import type { Accumulators } from './elements.js'

/** Adds A · B to C in float64, a row of C at a time; the products of one element are added in order of `inner`. */
const addFloatProduct = (
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  rows: number,
  columns: number,
  inner: number,
  firstOfC: number,
): void => {
  for (let i = 0; i < rows; i++) {
    const row = c.subarray(firstOfC + i * columns, firstOfC + (i + 1) * columns)
    let k = 0
    // Four steps of the inner axis at once save loads and stores of C, and add up in the same order as one by one.
    for (; k + 3 < inner; k += 4) {
      const a0 = a[i * inner + k] as number
      const a1 = a[i * inner + k + 1] as number
      const a2 = a[i * inner + k + 2] as number
      const a3 = a[i * inner + k + 3] as number
      const b0 = k * columns
      const b1 = b0 + columns
      const b2 = b1 + columns
      const b3 = b2 + columns
      for (let j = 0; j < columns; j++) {
        row[j] =
          (row[j] as number) +
          a0 * (b[b0 + j] as number) +
          a1 * (b[b1 + j] as number) +
          a2 * (b[b2 + j] as number) +
          a3 * (b[b3 + j] as number)
      }
    }
    for (; k < inner; k++) {
      const factor = a[i * inner + k] as number
      const first = k * columns
      for (let j = 0; j < columns; j++) row[j] = (row[j] as number) + factor * (b[first + j] as number)
    }
  }
}

/** The same modulo 2^32. */
const addIntegerProduct = (
  a: Int32Array,
  b: Int32Array,
  c: Int32Array,
  rows: number,
  columns: number,
  inner: number,
  firstOfC: number,
): void => {
  for (let i = 0; i < rows; i++) {
    const row = c.subarray(firstOfC + i * columns, firstOfC + (i + 1) * columns)
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k] as number
      const first = k * columns
      for (let j = 0; j < columns; j++) row[j] = (row[j] as number) + Math.imul(factor, b[first + j] as number)
    }
  }
}

/**
 * C += A · B for dense row-major matrices. Nothing is skipped: 0 × NaN is NaN.
 *
 * @param a - [rows, inner]
 * @param b - [inner, columns]
 * @param c - receives [rows, columns] from element `firstOfC` on
 * @param rows - rows of A and C
 * @param columns - columns of B and C
 * @param inner - columns of A and rows of B
 * @param firstOfC - where C begins
 */
export const addMatrixProduct = (
  a: Accumulators,
  b: Accumulators,
  c: Accumulators,
  rows: number,
  columns: number,
  inner: number,
  firstOfC: number,
): void => {
  if (a instanceof Float64Array && b instanceof Float64Array && c instanceof Float64Array) {
    addFloatProduct(a, b, c, rows, columns, inner, firstOfC)
  } else if (a instanceof Int32Array && b instanceof Int32Array && c instanceof Int32Array) {
    addIntegerProduct(a, b, c, rows, columns, inner, firstOfC)
  } else {
    throw new TypeError('addMatrixProduct: the operands and the result must be of one kind of accumulators')
  }
}
