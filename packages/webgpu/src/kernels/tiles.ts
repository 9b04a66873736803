import type { Capabilities } from '../capabilities.js'
import type { PlanContext } from '../plan-context.js'
import { type Tile, tileBytes, tileThreads } from './tile.js'

/**
 * Ways to cut a product. All add along the inner axis in the same order, one fused or unfused multiply-add after the
 * other, so results are the same to the bit and the fastest may be chosen by measurement.
 */
export const tiles: readonly Tile[] = [
  { rows: 32, columns: 32, inner: 16, threadRows: 4, threadColumns: 4 },
  { rows: 64, columns: 64, inner: 16, threadRows: 4, threadColumns: 4 },
  { rows: 32, columns: 128, inner: 16, threadRows: 4, threadColumns: 8 },
  { rows: 128, columns: 32, inner: 16, threadRows: 8, threadColumns: 4 },
  { rows: 64, columns: 128, inner: 16, threadRows: 8, threadColumns: 8 },
  { rows: 128, columns: 64, inner: 16, threadRows: 8, threadColumns: 4 },
  { rows: 128, columns: 128, inner: 8, threadRows: 8, threadColumns: 8 },
  { rows: 128, columns: 128, inner: 16, threadRows: 8, threadColumns: 8 },
]

/** Sizes of a product. */
export interface ProductSizes {
  readonly batch: number
  readonly rows: number
  readonly columns: number
  readonly inner: number
}

/** How the inner axis is split among workgroups. */
export interface Split {
  readonly splits: number
  readonly chunk: number
}

const tilesOf = ({ batch, rows, columns }: ProductSizes, tile: { rows: number; columns: number }): number =>
  batch * Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns)

/**
 * Splits the inner axis where few results would leave most of a GPU idle. A function of the sizes alone, as it decides
 * the order of summation.
 *
 * @param sizes - of the product
 * @returns parts and their length
 */
export const splitInner = (sizes: ProductSizes): Split => {
  const { inner } = sizes
  const groups = tilesOf(sizes, { rows: 64, columns: 64 })
  const wanted = groups >= 64 || inner < 512 ? 1 : Math.min(64, Math.ceil(256 / groups), Math.floor(inner / 128))
  const chunk = Math.max(16, Math.ceil(inner / wanted / 16) * 16)
  return { splits: Math.max(1, Math.ceil(inner / chunk)), chunk }
}

/**
 * The tiles that a GPU can hold.
 *
 * @param capabilities - limits of workgroups
 * @returns tiles, the smallest first
 */
export const possibleTiles = ({ workgroupBytes, workgroupThreads }: Capabilities): readonly Tile[] =>
  tiles.filter((tile) => tileBytes(tile) <= workgroupBytes && tileThreads(tile) <= workgroupThreads)

/** Workgroups below which a tile leaves a large GPU idle. */
const busyGroups = 192

/** How much more than the least, with the results outside the product that a tile computes, a better tile may compute. */
const fairWaste = 1.25

/**
 * The tile for a product: the one that was measured to be the fastest, or the largest that still gives enough
 * workgroups and does not compute much besides the product.
 *
 * @param sizes - of the product
 * @param splits - parts of the inner axis
 * @param kind - what is multiplied, for the memory of measurements
 * @param context - limits of the GPU
 * @returns the tile
 */
export const chooseTile = (sizes: ProductSizes, splits: number, kind: string, context: PlanContext): Tile => {
  const possible = possibleTiles(context.capabilities)
  const measured = context.chosenTile?.(kind, sizes)
  if (measured && possible.includes(measured)) return measured
  const [smallest] = possible
  if (!smallest) throw new RangeError('no tile fits the limits of WebGPU')
  const computed = (tile: Tile): number => tilesOf(sizes, tile) * tile.rows * tile.columns
  const least = Math.min(...possible.map(computed))
  const isGood = (tile: Tile): boolean =>
    tilesOf(sizes, tile) * splits >= busyGroups && computed(tile) <= fairWaste * least
  return possible.filter(isGood).at(-1) ?? smallest
}
