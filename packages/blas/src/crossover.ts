import type { ProductShape } from '@chainrule/wasm'

/**
 * Multiply-adds from which a product goes to the library, and the least rows, columns and depth of one. Below them the kernels
 * of the device win: a call packs both operands anew, and crossing over to native code costs some 0.2 µs; with few rows or
 * columns a product is bound by reading its larger operand. GFLOP/s of the device's kernels and of OpenBLAS 0.3.21, one thread
 * of an AMD EPYC (Zen 5), rows × columns × depth:
 *
 * | product | device | library |
 * |---|---|---|
 * | 32 × 32 × 32 | 26 | 18 |
 * | 48 × 48 × 48 | 26 | 24 |
 * | 64 × 64 × 64 | 50 | 60 |
 * | 128 × 128 × 128 | 35 | 106 |
 * | 4 × 512 × 512 | 35 | 22 |
 * | 8 × 512 × 512 | 23 | 36 |
 * | 512 × 4 × 512 | 25 | 17 |
 * | 512 × 8 × 512 | 25 | 43 |
 * | 512 × 512 × 8 | 39 | 45 |
 * | 8 × 1024 × 8 | 15 | 13 |
 */
export const crossover = { work: 64 ** 3, rows: 8, columns: 8, inner: 8 } as const

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
