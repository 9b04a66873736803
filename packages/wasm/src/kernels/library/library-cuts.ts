/** What is cut: a batch of products, and bytes of an element of C where it goes through scratch (0 where it does not). */
export interface CutSizes {
  readonly batch: number
  readonly rows: number
  readonly columns: number
  readonly inner: number
  readonly scratchItemBytes: number
}

/** How products are cut into calls of a library, and calls into chunks. */
export interface LibraryCuts {
  readonly blockRows: number
  readonly blockColumns: number
  readonly itemsPerChunk: number
}

/** Multiply-adds of a chunk: some 70 µs at least, and no more than some milliseconds, so that threads end together. */
const chunkWork = { least: 2 ** 22, most: 2 ** 28 } as const

/** Multiply-adds of two chunks, the fewest that are worth a second thread, which takes some microseconds to join. */
const pairWork = 2 ** 20

/** How many chunks there should be, if they are large enough: a multiple of usual numbers of threads. */
const wantedChunks = 8

/** About the least rows or columns of a block: every call packs both of its operands anew, which is worth it for enough of the other. */
const leastBlock = 64

/** Bytes of sums that stay in the second-level cache until they are finished. */
const warmBytes = 2 ** 19

/** Blocks begin at multiples of this, where kernels of libraries work on whole tiles. */
const unit = 16

const evenBlock = (size: number, blocks: number): number => Math.min(size, Math.ceil(size / blocks / unit) * unit)

/**
 * Cuts products for a library that several threads call: a function of sizes alone. The blocks of a matrix form a grid whose
 * operands, taken together, are smallest.
 *
 * @param sizes - of the products
 * @returns blocks of C, and how many of them are a chunk
 */
export const libraryCuts = ({ batch, rows, columns, inner, scratchItemBytes }: CutSizes): LibraryCuts => {
  const work = batch * rows * columns * Math.max(1, inner)
  const most = work / chunkWork.least
  const fewest = work < pairWork ? 1 : 2
  const wanted = Math.ceil(Math.max(fewest, Math.min(most, wantedChunks), work / chunkWork.most))
  const warm = Math.ceil((rows * columns * scratchItemBytes) / warmBytes)
  const pieces = Math.max(1, warm, Math.ceil(wanted / Math.max(1, batch)))
  const mostRowBlocks = Math.max(1, Math.round(rows / leastBlock))
  const mostColumnBlocks = Math.max(1, Math.round(columns / leastBlock))
  let best = { cost: Infinity, rowBlocks: mostRowBlocks, columnBlocks: mostColumnBlocks }
  for (let rowBlocks = 1; rowBlocks <= Math.min(pieces, mostRowBlocks); rowBlocks++) {
    const columnBlocks = Math.ceil(pieces / rowBlocks)
    const cost = columnBlocks * rows + rowBlocks * columns
    if (columnBlocks <= mostColumnBlocks && cost < best.cost) best = { cost, rowBlocks, columnBlocks }
  }
  const items = batch * best.rowBlocks * best.columnBlocks
  return {
    blockRows: evenBlock(rows, best.rowBlocks),
    blockColumns: evenBlock(columns, best.columnBlocks),
    itemsPerChunk: pieces > 1 ? 1 : Math.max(1, Math.floor(items / wanted)),
  }
}
