import type { Tap } from './correlation-parts.js'

/** How what an area of output places sees lies in memory: in the source itself, or in a copy with zeros around. */
export interface SourceWindow {
  readonly isCopied: boolean
  /** Source coordinates of what the area's first place sees through the top left corner of all taps. */
  readonly top: number
  readonly left: number
  readonly rows: number
  readonly columns: number
  /** Bytes from row to row, from channel to channel, and between columns of different remainders modulo the stride. */
  readonly pitch: number
  readonly plane: number
  readonly stepBytes: number
  /** Bytes of a copy of all channels. */
  readonly bytes: number
  /** Bytes from what a place sees to what the place below sees. */
  readonly rowStep: number
  /** Offset in bytes of what each tap sees. */
  readonly offsets: readonly number[]
}

const align16 = (bytes: number): number => (bytes + 15) & ~15

/** Sizes that decide a window. */
export interface WindowRequest {
  readonly taps: readonly Tap[]
  readonly channels: number
  /** Sizes of a plane of the source. */
  readonly source: readonly [number, number]
  readonly stride: readonly [number, number]
  /** The area of output places: how many at a time, and all of them. */
  readonly area: readonly [number, number]
  readonly all: readonly [number, number]
  readonly itemBytes: number
}

/**
 * The window of an area. It is the source itself where every place sees only what exists, and neighbours see neighbours.
 *
 * @param request - sizes
 * @returns the window
 */
export const sourceWindow = ({ taps, channels, source, stride, area, all, itemBytes }: WindowRequest): SourceWindow => {
  const rowsOfTaps = taps.map((tap) => tap.row)
  const columnsOfTaps = taps.map((tap) => tap.column)
  const top = taps.length === 0 ? 0 : Math.min(...rowsOfTaps)
  const left = taps.length === 0 ? 0 : Math.min(...columnsOfTaps)
  const spanRows = taps.length === 0 ? 0 : Math.max(...rowsOfTaps) - top
  const spanColumns = taps.length === 0 ? 0 : Math.max(...columnsOfTaps) - left
  const extent = (count: number, axis: 0 | 1, span: number): number => (count - 1) * stride[axis] + span + 1
  const isInside =
    top >= 0 &&
    left >= 0 &&
    top + extent(all[0], 0, spanRows) <= source[0] &&
    left + extent(all[1], 1, spanColumns) <= source[1]
  const isCopied = !isInside || stride[1] !== 1
  const rows = extent(area[0], 0, spanRows)
  const columns = extent(area[1], 1, spanColumns)
  const steps = stride[1]
  const stepBytes = align16(Math.ceil(columns / steps) * itemBytes)
  const pitch = isCopied ? stepBytes * steps : source[1] * itemBytes
  const plane = isCopied ? pitch * rows : source[0] * source[1] * itemBytes
  return {
    isCopied,
    top,
    left,
    rows,
    columns,
    pitch,
    plane,
    stepBytes,
    bytes: isCopied ? plane * channels + 64 : 0,
    rowStep: stride[0] * pitch,
    offsets: taps.map((tap) => {
      const column = tap.column - left
      const inRow = isCopied
        ? (column % steps) * stepBytes + Math.floor(column / steps) * itemBytes
        : column * itemBytes
      return (tap.row - top) * pitch + inRow
    }),
  }
}
