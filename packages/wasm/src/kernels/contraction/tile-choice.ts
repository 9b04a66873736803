import { detectFeatures } from '../../features.js'
import { tileVariants } from './tile-variants.js'

let chosen: number | undefined

/** Fused sums leave registers for three vectors of columns; separate products and sums need those themselves. */
const firstChoice = (): number => (detectFeatures().relaxedSimd ? 1 : 0)

/** Position of the tile in `tileVariants` that contractions use. */
export const chosenTile = (): number => (chosen ??= firstChoice())

/** Makes contractions use another tile; results stay the same, bit for bit. */
export const chooseTile = (variant: number): void => {
  if (variant >= 0 && variant < tileVariants.length) chosen = variant
}
