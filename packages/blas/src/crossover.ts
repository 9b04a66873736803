import type { ProductShape } from '@chainrule/wasm'

/**
 * Multiply-adds from which a product goes to the library, and the least rows, columns and depth of one. Below them the kernels
 * of the device win: a call packs both operands anew, and crossing over to native code costs some 0.2 µs; with few rows or
 * columns a product is bound by reading its larger operand. GFLOP/s of the device's kernels and of OpenBLAS 0.3.21, one thread
 * of an AMD EPYC (Zen 5), eager, rows × columns × depth:
 *
 * | product | device | library |
 * |---|---|---|
 * | 16 × 16 × 16 | 4 | 3 |
 * | 24 × 24 × 24 | 10 | 11 |
 * | 32 × 32 × 32 | 18 | 23 |
 * | 48 × 48 × 48 | 37 | 53 |
 * | 64 × 64 × 64 | 43 | 74 |
 * | 128 × 128 × 128 | 53 | 111 |
 * | 6 × 512 × 512 | 44 | 39 |
 * | 8 × 512 × 512 | 42 | 60 |
 * | 512 × 4 × 512 | 49 | 34 |
 * | 512 × 8 × 512 | 44 | 78 |
 * | 512 × 512 × 2 | 11 | 41 |
 * | 512 × 512 × 8 | 43 | 86 |
 * | 64 × 64 × 4 | 11 | 12 |
 * | 8 × 1024 × 8 | 23 | 33 |
 */
export const crossover = { work: 2 ** 14, rows: 8, columns: 8, inner: 2 } as const

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
