import { RandomSource } from '../random/random-source.js'
import { drawSegment, type Canvas } from './draw-segment.js'
import { glyphs } from './glyphs.js'
import { handwriting, type Handwriting } from './handwriting.js'
import { penPath } from './pen-path.js'

/** Pixels along a side of a digit. */
export const DIGIT_SIDE = 28

/** Largest brightness that the background noise adds or takes. */
const NOISE = 0.08

let paths: readonly (readonly (readonly Float64Array[])[])[] | undefined

/** The curves of every glyph, computed when first needed. */
const penPaths = (): NonNullable<typeof paths> =>
  (paths ??= glyphs.map((ways) => ways.map((strokes) => strokes.map(penPath))))

const drawStroke = (canvas: Canvas, path: Float64Array, hand: Handwriting, random: RandomSource): void => {
  const firstRadius = hand.radius * (1 + random.triangular(0.12))
  const lastRadius = hand.radius * (1 + random.triangular(0.12))
  const pieces = path.length / 2 - 1
  let fromX = 0
  let fromY = 0
  for (let place = 0; place <= pieces; place++) {
    const pageX = path[2 * place] ?? 0
    const pageY = path[2 * place + 1] ?? 0
    const x = hand.x(pageX, pageY)
    const y = hand.y(pageX, pageY)
    const radius = firstRadius + (lastRadius - firstRadius) * (place / pieces)
    if (place > 0) drawSegment(canvas, fromX, fromY, x, y, radius)
    fromX = x
    fromY = y
  }
}

const addNoise = ({ pixels, offset, side }: Canvas, ink: number, random: RandomSource): void => {
  const end = offset + side * side
  for (let place = offset; place < end; place += 4) {
    let word = random.word()
    for (let lane = place; lane < place + 4; lane++) {
      const noise = NOISE * ((word & 255) / 127.5 - 1)
      pixels[lane] = Math.min(1, Math.max(0, ink * (pixels[lane] ?? 0) + noise))
      word >>>= 8
    }
  }
}

/**
 * Writes one digit into an image that is all zeros. The result depends on seed, index and digit alone.
 *
 * @param pixels - array that holds the image
 * @param offset - place of its first pixel
 * @param digit - 0 to 9
 * @param seed - of the set
 * @param index - of the sample in the set
 */
export const writeDigit = (pixels: Float32Array, offset: number, digit: number, seed: number, index: number): void => {
  const random = new RandomSource(seed, 'digit', index)
  const canvas: Canvas = { pixels, offset, side: DIGIT_SIDE }
  const ways = penPaths()[digit] ?? []
  const strokes = ways[random.integer(ways.length)] ?? []
  const hand = handwriting(random, DIGIT_SIDE)
  for (const path of strokes) drawStroke(canvas, path, hand, random)
  addNoise(canvas, hand.ink, random)
}
