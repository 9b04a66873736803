import type { TileShape } from './register-tile.js'

/**
 * Register tiles that engines differ on: the best one has as many sums as the engine keeps in registers. All of them give
 * the same bits.
 */
export const tileVariants: readonly TileShape[] = [
  { rows: 4, vectors: 2 },
  { rows: 3, vectors: 3 },
  { rows: 6, vectors: 2 },
]

/** Depth of a block: sums run from zero over one block, blocks are added in order. Part of the result's definition. */
export const depthBlock = 256
