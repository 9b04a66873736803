import type { RandomSource } from '../random/random-source.js'

/** How one digit is written: where each place of the page lands in the image, and with what pen. */
export interface Handwriting {
  /** Pixel coordinate along x of a place of the page. */
  readonly x: (pageX: number, pageY: number) => number
  /** Pixel coordinate along y of a place of the page. */
  readonly y: (pageX: number, pageY: number) => number
  /** Radius of the pen, in pixels. */
  readonly radius: number
  /** Brightness of the ink, 1 for white. */
  readonly ink: number
}

/** Nodes along each side of the deformation field. */
const NODES = 5

/**
 * A smooth random field on the page: the uniform quadratic B-spline over a grid of random nodes. Polynomials keep it the
 * same to the bit in every JavaScript engine.
 */
const smoothField = (random: RandomSource, deviation: number): ((pageX: number, pageY: number) => number) => {
  const nodes = Float64Array.from({ length: NODES * NODES }, () => random.triangular(deviation))
  const cells = NODES - 2
  return (pageX, pageY) => {
    const u = Math.min(Math.max(pageX / 100, 0), 1) * cells
    const v = Math.min(Math.max(pageY / 100, 0), 1) * cells
    const column = Math.min(Math.floor(u), cells - 1)
    const row = Math.min(Math.floor(v), cells - 1)
    const s = u - column
    const t = v - row
    const first = 0.5 * (1 - s) * (1 - s)
    const last = 0.5 * s * s
    const middle = 1 - first - last
    const along = (index: number): number =>
      first * (nodes[index] ?? 0) + middle * (nodes[index + 1] ?? 0) + last * (nodes[index + 2] ?? 0)
    const corner = row * NODES + column
    const above = 0.5 * (1 - t) * (1 - t)
    const below = 0.5 * t * t
    return above * along(corner) + (1 - above - below) * along(corner + NODES) + below * along(corner + 2 * NODES)
  }
}

/**
 * A hand: elastic deformation, then scale and aspect, slant, rotation and shift. With the page's centre as origin,
 *
 * (x, y) = R(θ) · [[1, −slant], [0, 1]] · diag(width, height) · (page + field(page)) + centre + shift
 *
 * The shift is what a linear model cannot follow and a hidden layer can; the deformation is what neither can foresee.
 *
 * @param random - the digit's numbers
 * @param side - pixels along a side of the image
 * @returns the hand
 */
export const handwriting = (random: RandomSource, side: number): Handwriting => {
  const height = (side / 140) * random.uniform(0.9, 1.08)
  const width = height * random.uniform(0.78, 1.15)
  const slant = 0.06 + random.triangular(0.15)
  const halfTangent = random.triangular(0.045)
  const cosine = (1 - halfTangent * halfTangent) / (1 + halfTangent * halfTangent)
  const sine = (2 * halfTangent) / (1 + halfTangent * halfTangent)
  const centre = (side - 1) / 2
  const shiftX = centre + random.triangular(1.35)
  const shiftY = centre + random.triangular(1.35)
  const radius = random.uniform(0.7, 1.8)
  const ink = random.uniform(0.75, 1)
  const bendX = smoothField(random, 7)
  const bendY = smoothField(random, 7)
  const slanted = (pageX: number, pageY: number, down: number): number =>
    (pageX - 50 + bendX(pageX, pageY)) * width - slant * down
  const downOf = (pageX: number, pageY: number): number => (pageY - 50 + bendY(pageX, pageY)) * height
  return {
    x: (pageX, pageY) => {
      const down = downOf(pageX, pageY)
      return cosine * slanted(pageX, pageY, down) - sine * down + shiftX
    },
    y: (pageX, pageY) => {
      const down = downOf(pageX, pageY)
      return sine * slanted(pageX, pageY, down) + cosine * down + shiftY
    },
    radius,
    ink,
  }
}
