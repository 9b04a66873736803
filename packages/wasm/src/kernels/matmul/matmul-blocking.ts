import { depthBlock } from '../contraction/tile-variants.js'
import { skinnyRows } from '../contraction/skinny-rows.js'
import { matmulMode } from './matmul-layout.js'

/** Sizes of a product, and how its operands lie. */
export interface ProductSizes {
  readonly batch: number
  readonly rows: number
  readonly columns: number
  readonly inner: number
  readonly itemBytes: number
  /** Whether neighbouring columns of B, or neighbouring places of its depth, lie side by side. */
  readonly rowsOfBLieTogether: boolean
  readonly columnsOfBLieTogether: boolean
  /** Rows and columns of packed panels. */
  readonly panelRows: number
  readonly panelColumns: number
}

/** How a product is cut into work. */
export interface Blocking {
  readonly mode: number
  readonly blockRows: number
  readonly blockColumns: number
  readonly itemsPerChunk: number
  /** Columns that one chunk of the packing phase packs. */
  readonly packColumns: number
}

/** Work of a chunk that is worth handing to another thread: multiply-adds, some 30 µs. */
const chunkWork = 2 ** 20

/** Work of a chunk that should not be exceeded, so that threads end at about the same time. */
const largestChunkWork = 2 ** 25

/** How many chunks there should be, if they are large enough, and below how many a few threads would wait for each other. */
const wantedChunks = 16
const fewChunks = 4

/** Bytes of B that a chunk of the skinny paths reads. */
const skinnyChunkBytes = 2 ** 18

/** Most rows and columns of a block of C: with some depth of both operands, it stays in the second-level cache. */
const largest = { rows: 128, rowsAlone: 512, columns: 512 } as const

/**
 * Least sizes of a block of C. Each row of blocks reads all of B, and each column of blocks packs A again, which costs some
 * 3 / columns of the multiplication; fewer rows only where there would be one block.
 */
const least = { rows: 32, manyRows: 64, columns: 128 } as const

/** What it costs to pack a column of B for all blocks: another thread does it, and it is fetched from its cache. */
const sharedPacking = 2

/** Elements that a chunk of the packing phase copies. */
const packElements = 2 ** 15

/** Most bytes of B packed as a whole. */
const packedLimit = 2 ** 27

const roundUp = (size: number, multiple: number): number => Math.ceil(size / multiple) * multiple
const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value))

const skinny = (sizes: ProductSizes, mode: number): Blocking => {
  const { rows, columns, inner, itemBytes } = sizes
  // Rows are read as streams, so long pieces of them; columns one by one.
  const wanted = Math.ceil(skinnyChunkBytes / (itemBytes * Math.max(1, inner)))
  const blockColumns =
    mode === matmulMode.rows
      ? Math.min(roundUp(columns, 16), roundUp(clamp(wanted, 512, 4096), 16))
      : Math.min(columns, Math.max(8, wanted))
  const itemBytesRead = Math.max(1, inner) * blockColumns * itemBytes
  return {
    mode,
    blockRows: rows,
    blockColumns: Math.max(1, blockColumns),
    itemsPerChunk: Math.max(1, Math.floor(skinnyChunkBytes / itemBytesRead)),
    packColumns: 1,
  }
}

/**
 * Splits a size into equal blocks that are multiples of a panel and no larger than wanted; an even number of them, since
 * two threads would leave the last of three blocks to one.
 */
const evenBlocks = (size: number, wanted: number, panel: number): number => {
  const fewest = Math.ceil(size / Math.max(panel, wanted))
  return roundUp(Math.ceil(size / (fewest === 1 ? 1 : roundUp(fewest, 2))), panel)
}

/**
 * Decides how a product is cut: a function of its sizes alone.
 *
 * @param sizes - of the product
 * @returns the path and the blocks
 */
export const blockingOf = (sizes: ProductSizes): Blocking => {
  const { batch, rows, columns, inner, itemBytes, panelRows, panelColumns } = sizes
  if (rows <= skinnyRows) {
    if (sizes.rowsOfBLieTogether) return skinny(sizes, matmulMode.rows)
    if (sizes.columnsOfBLieTogether) return skinny(sizes, matmulMode.dots)
  }
  const depth = Math.max(1, inner)
  const itemWork = rows * columns * depth
  const target = clamp((batch * itemWork) / wantedChunks, chunkWork, largestChunkWork)
  const packColumns = clamp(roundUp(packElements / Math.min(depth, depthBlock), panelColumns), panelColumns, 4096)
  const whole = { blockRows: roundUp(rows, panelRows), blockColumns: roundUp(columns, panelColumns) }
  if (itemWork <= 1.5 * target && rows <= largest.rowsAlone && columns <= largest.columns) {
    const itemsPerChunk = Math.max(1, Math.round(target / Math.max(1, itemWork)))
    return { mode: matmulMode.own, ...whole, itemsPerChunk, packColumns }
  }
  // Cut by rows, B is packed once for all; cut by columns, every block packs A again.
  const sharedRows = evenBlocks(
    rows,
    clamp(
      target / (depth * Math.min(columns, largest.columns)),
      clamp(rows / 2, least.rows, least.manyRows),
      largest.rows,
    ),
    panelRows,
  )
  const sharedColumns = evenBlocks(
    columns,
    clamp((2 * target) / (depth * sharedRows), least.columns, largest.columns),
    panelColumns,
  )
  const leastColumns = columns < 3 * least.columns ? columns / 2 : least.columns
  const ownColumns = evenBlocks(columns, clamp(target / (depth * rows), leastColumns, largest.columns), panelColumns)
  const ownBlocks = Math.ceil(columns / ownColumns)
  const sharedBlocks = Math.ceil(rows / sharedRows) * Math.ceil(columns / sharedColumns)
  const sharedCost = rows * Math.ceil(columns / sharedColumns) + sharedPacking * columns
  const ownCost = rows * ownBlocks + columns
  const isBetterOwn = ownCost <= sharedCost && ownBlocks >= Math.min(fewChunks, batch * sharedBlocks)
  const packedBytes = batch * depth * roundUp(columns, panelColumns) * itemBytes
  if (rows <= largest.rowsAlone && (isBetterOwn || packedBytes > packedLimit)) {
    return { mode: matmulMode.own, blockRows: whole.blockRows, blockColumns: ownColumns, itemsPerChunk: 1, packColumns }
  }
  if (packedBytes > packedLimit) {
    const blockRows = evenBlocks(rows, largest.rowsAlone, panelRows)
    const blockColumns = evenBlocks(columns, largest.columns, panelColumns)
    return { mode: matmulMode.own, blockRows, blockColumns, itemsPerChunk: 1, packColumns }
  }
  return { mode: matmulMode.shared, blockRows: sharedRows, blockColumns: sharedColumns, itemsPerChunk: 1, packColumns }
}
