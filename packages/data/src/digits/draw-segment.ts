/** A square grey image inside a larger array. */
export interface Canvas {
  /** Brightness of pixels, row by row. */
  readonly pixels: Float32Array
  /** Place of the first pixel. */
  readonly offset: number
  /** Pixels along a side. */
  readonly side: number
}

/**
 * Draws a straight piece of pen line with round ends. A pixel at distance d from the piece gets the brightness
 * min(1, radius + ½ − d), so the edge is one pixel soft; where lines overlap, the brighter one stays.
 *
 * @param canvas - the image
 * @param x0 - pixel coordinates of the one end
 * @param y0 - pixel coordinates of the one end
 * @param x1 - pixel coordinates of the other end
 * @param y1 - pixel coordinates of the other end
 * @param radius - half the width of the line, in pixels
 */
export const drawSegment = (canvas: Canvas, x0: number, y0: number, x1: number, y1: number, radius: number): void => {
  const { pixels, offset, side } = canvas
  const reach = radius + 0.5
  const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach))
  const right = Math.min(side - 1, Math.floor(Math.max(x0, x1) + reach))
  const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach))
  const bottom = Math.min(side - 1, Math.floor(Math.max(y0, y1) + reach))
  const dx = x1 - x0
  const dy = y1 - y0
  const squared = dx * dx + dy * dy
  const scale = squared > 0 ? 1 / squared : 0
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) * scale))
      const awayX = x - x0 - along * dx
      const awayY = y - y0 - along * dy
      const brightness = Math.min(1, reach - Math.sqrt(awayX * awayX + awayY * awayY))
      const place = offset + y * side + x
      if (brightness > (pixels[place] ?? 0)) pixels[place] = brightness
    }
  }
}
