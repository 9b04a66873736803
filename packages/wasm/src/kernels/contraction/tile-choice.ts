import { detectFeatures } from '../../features.js'
import type { TileShape } from './register-tile.js'
import { tileVariants } from './tile-variants.js'

/** The register tile in use. */
export interface TileChoice {
  /** Its position in `tileVariants`. */
  readonly variant: number
  readonly shape: TileShape
}

let chosen: TileChoice | undefined

const choice = (variant: number): TileChoice => {
  const shape = tileVariants[variant]
  if (shape === undefined) throw new RangeError(`There is no register tile number ${variant}.`)
  return { variant, shape }
}

/** Fused sums leave registers for three vectors of columns; separate products and sums need those themselves. */
const firstChoice = (): number => (detectFeatures().relaxedSimd ? 1 : 0)

/** The register tile that contractions use. */
export const chosenTile = (): TileChoice => (chosen ??= choice(firstChoice()))

/** Makes contractions use another tile; results stay the same, bit for bit. */
export const chooseTile = (variant: number): void => {
  chosen = choice(variant)
}
