import type { ProductShape } from '@chainrule/wasm'

/**
 * Multiply-adds from which a product goes to the library, and the least rows, columns and depth of one. Below them the kernels
 * of the device win: a call packs both operands anew, and crossing over to native code costs some 0.2 µs; with few rows or
 * columns a product is bound by reading its larger operand. GFLOP/s of the device's kernels and of OpenBLAS 0.3.21 with vectors
 * of 256 and of 512 bits, one thread of an AMD EPYC (Zen 5), eager, rows × columns × depth:
 *
 * | product | device | library, 256 bits | library, 512 bits |
 * |---|---|---|---|
 * | 16 × 16 × 16 | 3 | 3 | 3 |
 * | 24 × 24 × 24 | 8 | 10 | 11 |
 * | 32 × 32 × 32 | 15 | 21 | 25 |
 * | 48 × 48 × 48 | 31 | 47 | 64 |
 * | 64 × 64 × 64 | 40 | 70 | 116 |
 * | 128 × 128 × 128 | 48 | 103 | 177 |
 * | 6 × 512 × 512 | 32 | 36 | 40 |
 * | 8 × 512 × 512 | 37 | 55 | 52 |
 * | 512 × 4 × 512 | 44 | 30 | 28 |
 * | 512 × 8 × 512 | 42 | 71 | 71 |
 * | 512 × 512 × 2 | 7 | 37 | 45 |
 * | 512 × 512 × 8 | 43 | 79 | 120 |
 * | 64 × 64 × 4 | 9 | 11 | 13 |
 * | 8 × 1024 × 8 | 15 | 31 | 43 |
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
