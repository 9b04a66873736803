import type { ProductShape } from '@chainrule/wasm'

/**
 * Multiply-adds from which a product goes to the library, and the least rows, columns and depth of one. Below them the kernels
 * of the device win: a call packs both operands anew, and crossing over to native code costs some 0.2 µs; with few rows or
 * columns a product is bound by reading its larger operand, which both do equally fast.
 */
export const crossover = { work: 64 ** 3, rows: 8, columns: 8, inner: 16 } as const

/**
 * Whether the library is faster than the device's own kernels.
 *
 * @param shape - of the product
 * @returns the answer: a function of sizes alone
 */
export const isWorthCalling = ({ rows, columns, inner }: ProductShape): boolean =>
  rows >= crossover.rows &&
  columns >= crossover.columns &&
  inner >= crossover.inner &&
  rows * columns * inner >= crossover.work
