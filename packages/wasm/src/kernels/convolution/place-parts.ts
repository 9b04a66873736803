import type { Access, ConvolutionKernel } from '@chainrule/tensor'
import type { KnownConvolution } from '../convolution.js'
import type { Correlation, CorrelationPart } from './correlation-parts.js'
import { type SourceWindow, sourceWindow } from './source-window.js'
import { tapBands } from './tap-bands.js'

/** Work of a chunk in multiply-adds: worth handing to another thread, and small enough to end together. */
export const chunkWork = { least: 2 ** 20, most: 2 ** 24, chunks: 16 } as const

/** Output places of an area: what they see, packed, should stay in the second-level cache. */
const largestArea = 768

export const align = (bytes: number): number => (bytes + 63) & ~63

/** How the places of one part are cut into areas, and what they see. */
export interface PlacedPart {
  readonly part: CorrelationPart
  /** Rows of taps that are products of their own, and how many rows apart. */
  readonly bands: number
  readonly bandStep: number
  readonly area: readonly [number, number]
  readonly window: SourceWindow
  readonly isMerged: boolean
  readonly packedAt: number
  readonly packedGroup: number
}

/** Whole rows of places, as many as make up the work of a chunk; long single rows are cut. */
export const areaOf = (
  part: CorrelationPart,
  rows: number,
  pairs: number,
  target: number,
): readonly [number, number] => {
  const wanted = Math.max(1, Math.min(largestArea, Math.floor(target / Math.max(1, rows * pairs))))
  if (part.columns > largestArea) return [1, Math.ceil(part.columns / Math.ceil(part.columns / largestArea))]
  const count = Math.max(1, Math.min(part.rows, Math.floor(Math.max(wanted, 64) / Math.max(1, part.columns))))
  return [Math.ceil(part.rows / Math.ceil(part.rows / count)), Math.max(1, part.columns)]
}

/** Whether every operand walks the rows of places one after another, so that they are as good as one row. */
const mergesRows = (part: CorrelationPart, accesses: readonly Access[]): boolean =>
  part.rowStep === 1 &&
  part.columnStep === 1 &&
  accesses.every(({ strides }) => (strides[2] ?? 0) === part.columns * (strides[3] ?? 0))

/** Everything about a correlation but how it is cut. */
export interface Setting {
  readonly known: KnownConvolution
  readonly kernel: ConvolutionKernel
  readonly correlation: Correlation
  readonly accesses: readonly Access[]
  readonly isDirectSum: boolean
  /** Whether a native library multiplies: weights are packed as for direct sums. */
  readonly isOnLibrary: boolean
  readonly paddedRows: number
  readonly itemBytes: number
}

/** Multiply-adds that a chunk should have. */
export const workOfChunk = ({ groups, batch }: ConvolutionKernel, { parts, rows, channels }: Correlation): number => {
  const work = parts.reduce((sum, part) => sum + part.taps.length * part.rows * part.columns, 0)
  const all = work * channels * rows * groups * batch
  return Math.max(chunkWork.least, Math.min(chunkWork.most, all / chunkWork.chunks))
}

/** Patches of an area that a native library multiplies, in elements: they should stay in the second-level cache. */
const patchElements = 2 ** 18

/** Multiply-adds of an area that a native library multiplies. */
export const libraryWork = (kernel: ConvolutionKernel, correlation: Correlation): number =>
  Math.min(workOfChunk(kernel, correlation), correlation.rows * patchElements)

/** Cuts every part into areas, and says where its weights will be packed. */
export const placeParts = (setting: Setting): readonly PlacedPart[] => {
  const { known, kernel, correlation, accesses, isDirectSum, paddedRows, itemBytes } = setting
  const { parts, rows, channels } = correlation
  const target = setting.isOnLibrary ? libraryWork(kernel, correlation) : workOfChunk(kernel, correlation)
  let packedAt = 0
  return parts.map((given): PlacedPart => {
    const { taps, ...bands } = setting.isOnLibrary
      ? tapBands(given.taps, channels, correlation.stride[0])
      : { taps: given.taps, count: 1, step: 0 }
    const part = { ...given, taps }
    const pairs = part.taps.length * channels
    const area = areaOf(part, rows, pairs, target)
    const window = sourceWindow({
      taps: part.taps,
      channels,
      source: correlation.source,
      stride: correlation.stride,
      area,
      all: [part.rows, part.columns],
      itemBytes,
    })
    const packedGroup = (isDirectSum ? rows : paddedRows) * pairs * itemBytes
    const placed = {
      part,
      bands: bands.count,
      bandStep: bands.step,
      area,
      window,
      isMerged: !known.usesIndex && mergesRows(part, accesses),
      packedAt,
      packedGroup,
    }
    packedAt += align(packedGroup * kernel.groups)
    return placed
  })
}
