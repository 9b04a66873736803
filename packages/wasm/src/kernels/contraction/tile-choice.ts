import { detectFeatures } from '../../features.js'
import { tileColumns, type TileShape } from './register-tile.js'
import { tileVariants } from './tile-variants.js'

/** A register tile. */
export interface TileChoice {
  /** Its position in `tileVariants`. */
  readonly variant: number
  readonly shape: TileShape
}

const choiceOf = (variant: number): TileChoice => {
  const shape = tileVariants[variant]
  if (shape === undefined) throw new RangeError(`There is no register tile number ${variant}.`)
  return { variant, shape }
}

/** The tile that is good on every engine, and how much longer than the preferred one it takes at most for the same work. */
const modest = { variant: 0, slowdown: 1.04 } as const

let preferred: TileChoice | undefined
let forced: TileChoice | undefined

/** Fused sums leave registers for three vectors of columns; separate products and sums need those themselves. */
const firstChoice = (): number => (detectFeatures().relaxedSimd ? 1 : 0)

/** The tile that is fastest on this engine, as far as is known. */
export const preferredTile = (): TileChoice => (preferred ??= choiceOf(firstChoice()))

/** Makes contractions prefer a tile; results stay the same, bit for bit. */
export const preferTile = (variant: number): void => {
  preferred = choiceOf(variant)
}

/** Makes contractions use a tile whatever the sizes, or choose again where undefined: for tests. */
export const forceTile = (variant: number | undefined): void => {
  forced = variant === undefined ? undefined : choiceOf(variant)
}

/**
 * What a tile computes of a block, edges included, in units of the preferred tile's time for one element.
 *
 * @param tile - the tile
 * @param rows - of the block
 * @param columns - of the block
 * @param itemBytes - bytes of an element
 * @param packing - what it costs to pack a column for a tile of one vector, in rows; more for wider ones
 * @returns the cost
 */
export const tileCost = (
  { variant, shape }: TileChoice,
  rows: number,
  columns: number,
  itemBytes: number,
  packing = 0,
): number => {
  const width = tileColumns(shape, itemBytes)
  const paddedRows = Math.ceil(rows / shape.rows) * shape.rows
  const paddedColumns = Math.ceil(columns / width) * width
  const slowdown = variant === preferredTile().variant ? 1 : modest.slowdown
  return paddedColumns * (paddedRows * slowdown + packing * shape.vectors)
}

/**
 * The tile for a block of a product: the preferred one, or the modest one where less of it lies beyond the edges.
 *
 * @param rows - of the block
 * @param columns - of the block
 * @param itemBytes - bytes of an element
 * @param packing - what it costs to pack a column for a tile of one vector, in rows
 * @returns the tile
 */
export const tileFor = (rows: number, columns: number, itemBytes: number, packing = 0): TileChoice => {
  if (forced !== undefined) return forced
  const best = preferredTile()
  const other = choiceOf(modest.variant)
  const [costOfOther, costOfBest] = [other, best].map((tile) => tileCost(tile, rows, columns, itemBytes, packing))
  return (costOfOther ?? Infinity) < (costOfBest ?? Infinity) ? other : best
}
