/** How a product of matrices is cut: results of a workgroup and of a thread, and how much of the inner axis at once. */
export interface Tile {
  readonly rows: number
  readonly columns: number
  readonly inner: number
  readonly threadRows: 4 | 8
  readonly threadColumns: 4 | 8
}

/**
 * Bytes of workgroup memory that a tile takes at most.
 *
 * @param tile - a tile
 * @returns bytes
 */
export const tileBytes = ({ rows, columns, inner }: Tile): number => inner * (rows + columns + 8) * 4

/** Threads of the workgroup of a tile. */
export const tileThreads = ({ rows, columns, threadRows, threadColumns }: Tile): number =>
  (rows / threadRows) * (columns / threadColumns)

/** A tile as text: rows × columns × inner / those of a thread. */
export const tileText = ({ rows, columns, inner, threadRows, threadColumns }: Tile): string =>
  `${String(rows)}x${String(columns)}x${String(inner)}/${String(threadRows)}x${String(threadColumns)}`
