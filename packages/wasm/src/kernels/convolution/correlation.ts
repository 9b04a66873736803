import { type ConvolutionKernel, denseStrides, itemSize } from '@chainrule/tensor'
import type { ContractionLibrary } from '../../contraction-library.js'
import type { KernelPlan } from '../../kernel-code.js'
import { recordWords } from '../contraction/contraction-layout.js'
import { finishScratchBytes } from '../contraction/finish-code.js'
import { tileColumns } from '../contraction/register-tile.js'
import { tileFor } from '../contraction/tile-choice.js'
import { depthBlock } from '../contraction/tile-variants.js'
import type { KnownConvolution } from '../convolution.js'
import { ParameterBlock } from '../parameter-block.js'
import { type CorrelationField, type correlationLayout, partWords } from './correlation-layout.js'
import { type Correlation, correlationOf } from './correlation-parts.js'
import {
  areaOf,
  align,
  chunkWork,
  libraryWork,
  type PlacedPart,
  placeParts,
  type Setting,
  workOfChunk,
} from './place-parts.js'
import { tableWords, writeParts } from './write-parts.js'

const block = new ParameterBlock()

/** What packing one place costs, for a tile of one vector, compared with a row of products. */
const packingRows = 3

/** Rows of a group below which tiles would mostly multiply zeros. */
const directRows = 2

/** Whether a library computes all parts; only one that every thread may call, since packing is shared work too. */
const prefersLibrary = (
  known: KnownConvolution,
  kernel: ConvolutionKernel,
  correlation: Correlation,
  library: ContractionLibrary | undefined,
): boolean => {
  const { rows, channels, parts } = correlation
  if (library?.isConcurrent !== true || known.libraryCode === undefined || rows === 0) return false
  const itemBytes = itemSize(known.dtype)
  return parts.every((part) => {
    const inner = part.taps.length * channels
    const [down, across] = areaOf(part, rows, inner, libraryWork(kernel, correlation))
    return inner > 0 && library.prefers({ rows, columns: down * across, inner, itemBytes })
  })
}

/** Bytes of patches that a library takes at a time, so that it finds them in the second-level cache. */
const patchBytes = 1 << 19

/** How many of the pairs one call takes: all in parts of about the same size. */
const libraryDepth = (places: number, pairs: number, itemBytes: number): number => {
  const calls = Math.max(1, Math.ceil((pairs * places * itemBytes) / patchBytes))
  return Math.max(1, Math.ceil(pairs / calls))
}

/** Places of the source that a band of an area holds for each pair. */
const placesOfBand = ({ area, bands, bandStep }: PlacedPart): number => (area[0] + (bands - 1) * bandStep) * area[1]

const totalBytes = (parts: readonly PlacedPart[]): number =>
  parts.reduce((bytes, { window }) => Math.max(bytes, window.bytes), 0)

/**
 * Launches of the forward pass of convolutions and of the gradient of their input. Weights are packed once, in a phase of
 * their own; then each area of output places of a sample is a product of matrices: what the places see is packed a block of
 * depth at a time, so patches never lie in memory all at once.
 *
 * @param known - the structure
 * @param layout - of the argument block
 * @param kernel - the kernel
 * @param library - a native library for products that it prefers
 * @returns its plan
 */
export const planCorrelation = (
  known: KnownConvolution,
  layout: ReturnType<typeof correlationLayout>,
  kernel: ConvolutionKernel,
  library?: ContractionLibrary,
): KernelPlan => {
  const itemBytes = itemSize(known.dtype)
  const correlation = correlationOf(kernel)
  const { rows, channels, source } = correlation
  const { batch, groups } = kernel
  const [area = 1] = correlation.parts.map((part) => {
    const [down, across] = areaOf(part, rows, part.taps.length * channels, workOfChunk(kernel, correlation))
    return down * across
  })
  const { variant, shape: tile } = tileFor(rows, area, itemBytes, packingRows)
  const panelColumns = tileColumns(tile, itemBytes)
  const paddedRows = Math.ceil(rows / tile.rows) * tile.rows
  const isOnLibrary = prefersLibrary(known, kernel, correlation, library)
  const isDirectSum = rows <= directRows || isOnLibrary
  const shape = [batch, groups * rows, ...correlation.output]
  const output = { strides: denseStrides(shape), offset: kernel.offsets.output }
  const accesses = [...kernel.epilogueInputs, output]
  const setting: Setting = { known, kernel, correlation, accesses, isDirectSum, isOnLibrary, paddedRows, itemBytes }
  const parts = shape.includes(0) ? [] : placeParts(setting)

  const partsAt = layout.recordsAt / 4
  const tablesAt = partsAt + parts.length * partWords
  const recordsAt = tablesAt + parts.reduce((count, { part }) => count + tableWords(part), 0)
  const used = recordsAt + parts.length * recordWords(layout.records, 3)
  const words = block.words(used)
  const largestPlaces = parts.reduce((most, { area }) => Math.max(most, area[0] * area[1]), 1)
  const largestPairs = parts.reduce((most, { part }) => Math.max(most, part.taps.length * channels), 1)
  const bandPlaces = parts.reduce((most, placed) => Math.max(most, placesOfBand(placed)), 1)
  const bandPairs = parts.reduce((most, { part, bands }) => Math.max(most, (part.taps.length / bands) * channels), 1)
  const depth = libraryDepth(bandPlaces, bandPairs, itemBytes)
  const places = { partsAt, tablesAt, recordsAt }
  const { items, packs, calls } = writeParts(words, setting, parts, places, layout.records, depth)

  const paddedPlaces = (Math.ceil(largestPlaces / panelColumns) + 1) * panelColumns
  const rightAt = align(totalBytes(parts))
  const packedElements = isDirectSum ? 0 : paddedPlaces * Math.min(depthBlock, largestPairs)
  const rightBytes = align((isOnLibrary ? bandPlaces * depth : packedElements) * itemBytes)
  const sumsAt = rightAt + rightBytes
  const sumsStride = align(paddedPlaces * itemBytes)
  const needsSums = (isDirectSum && !isOnLibrary) || known.hasEpilogue || parts.some(({ isMerged }) => !isMerged)
  const spareAt = sumsAt + (needsSums ? sumsStride * (isDirectSum ? rows : paddedRows) : 0)
  const offsetsAt = spareAt + align(finishScratchBytes(known.finish))
  const work = items === 0 ? 0 : rows * largestPairs * largestPlaces
  const itemsPerChunk = Math.max(1, Math.round(chunkWork.least / Math.max(1, work)))

  const values: Record<CorrelationField, number> = {
    isDirectSum: isDirectSum ? 1 : 0,
    variant,
    panelRows: tile.rows,
    panelColumns,
    rows,
    channels,
    groups,
    paddedRows,
    sourceRows: source[0],
    sourceColumns: source[1],
    sourcePitch: source[1] * itemBytes,
    sourcePlane: source[0] * source[1] * itemBytes,
    sourceSample: channels * groups * source[0] * source[1] * itemBytes,
    weightRow: correlation.weightRow * itemBytes,
    weightChannel: correlation.weightChannel * itemBytes,
    weightGroup: correlation.weightGroup * itemBytes,
    strideRows: correlation.stride[0],
    strideColumns: correlation.stride[1],
    items,
    itemsPerChunk,
    depth,
    partsAt: 4 * partsAt,
    windowAt: 0,
    rightAt,
    sumsAt,
    sumsStride,
    spareAt,
    offsetsAt,
  }
  for (const [name, value] of Object.entries(values)) words[layout.at[name as CorrelationField] / 4] = value
  const last = parts.at(-1)
  return {
    code: isOnLibrary ? (known.libraryCode ?? known.code) : known.code,
    ...(isOnLibrary ? { library: { calls, isConcurrent: true } } : {}),
    parameters: block.bytes(used),
    cellsAt: layout.cellsAt,
    cellCount: known.finish.leaves.cells,
    phases: items === 0 ? [0] : [packs, Math.ceil(items / itemsPerChunk)],
    scratchBytes: offsetsAt + 4 * depthBlock,
    sharedScratchBytes: last === undefined ? 0 : last.packedAt + align(last.packedGroup * groups) + 64,
    sharedScratchAt: layout.at.sharedScratch,
  }
}
