import { tileVariants } from './tile-variants.js'

/** Which register tile is used from now on, and with what engine features it was chosen. */
let chosen = 0

/** Position of the tile in `tileVariants` that contractions use. */
export const chosenTile = (): number => chosen

/** Makes contractions use another tile; results stay the same, bit for bit. */
export const chooseTile = (variant: number): void => {
  if (variant >= 0 && variant < tileVariants.length) chosen = variant
}
