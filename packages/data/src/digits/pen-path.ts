import type { PenStroke } from './glyphs.js'

/** Straight pieces between two neighbouring points of a stroke. */
const PIECES = 5

/** Catmull–Rom spline between `b` and `c`: through both, with the slopes (c − a)/2 and (d − b)/2 there. */
const catmullRom = (a: number, b: number, c: number, d: number, t: number): number =>
  b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))

/**
 * The smooth curve through the points of a stroke, as a chain of short straight pieces. The ends are free, or joined
 * smoothly where the stroke ends where it began.
 *
 * @param stroke - x, y pairs, at least two
 * @returns x, y pairs of the chain
 */
export const penPath = (stroke: PenStroke): Float64Array => {
  const spans = stroke.length / 2 - 1
  const isLoop = stroke[0] === stroke[2 * spans] && stroke[1] === stroke[2 * spans + 1]
  const coordinate = (point: number, axis: number): number => {
    const index = isLoop ? (point + spans) % spans : Math.min(Math.max(point, 0), spans)
    return stroke[2 * index + axis] ?? 0
  }
  const path = new Float64Array(2 * (spans * PIECES + 1))
  for (let place = 0; place <= spans * PIECES; place++) {
    const span = Math.min(Math.floor(place / PIECES), spans - 1)
    const t = place / PIECES - span
    for (let axis = 0; axis < 2; axis++) {
      const [a, b] = [coordinate(span - 1, axis), coordinate(span, axis)]
      const [c, d] = [coordinate(span + 1, axis), coordinate(span + 2, axis)]
      path[2 * place + axis] = catmullRom(a, b, c, d, t)
    }
  }
  return path
}
