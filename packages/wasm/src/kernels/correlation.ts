import { type Access, type ConvolutionKernel, denseStrides, itemSize } from '@chainrule/tensor'
import type { KernelPlan } from '../kernel-code.js'
import {
  recordWords,
  type RecordShape,
  type WalkedCoordinate,
  type WalkedMatrix,
  writeRecord,
} from './contraction/contraction-layout.js'
import { type Correlation, correlationOf, type CorrelationPart } from './contraction/correlation-parts.js'
import { finishScratchBytes } from './contraction/finish-code.js'
import { type SourceWindow, sourceWindow } from './contraction/source-window.js'
import { tileColumns } from './contraction/register-tile.js'
import { chosenTile } from './contraction/tile-choice.js'
import { depthBlock } from './contraction/tile-variants.js'
import type { KnownConvolution } from './convolution.js'
import {
  type CorrelationField,
  type correlationLayout,
  type PartField,
  partWord,
  partWords,
} from './correlation-code.js'
import { ParameterBlock } from './parameter-block.js'

const block = new ParameterBlock()

/** Rows of a group below which tiles would mostly multiply zeros. */
const directRows = 2

/** Work of a chunk in multiply-adds: worth handing to another thread, and small enough to end together. */
const chunkWork = { least: 2 ** 20, most: 2 ** 24, chunks: 16 } as const

/** Output places of an area: what they see, packed, should stay in the second-level cache. */
const largestArea = 768

const align = (bytes: number): number => (bytes + 63) & ~63

/** How the places of one part are cut into areas, and what they see. */
interface PlacedPart {
  readonly part: CorrelationPart
  readonly area: readonly [number, number]
  readonly window: SourceWindow
  readonly isMerged: boolean
  readonly packedAt: number
  readonly packedGroup: number
}

/** Words of a part's table of taps. */
const tableWords = ({ taps }: CorrelationPart): number => 2 * Math.max(1, taps.length)

/** Whole rows of places, as many as make up the work of a chunk; long single rows are cut. */
const areaOf = (part: CorrelationPart, rows: number, pairs: number, target: number): readonly [number, number] => {
  const wanted = Math.max(1, Math.min(largestArea, Math.floor(target / Math.max(1, rows * pairs))))
  if (part.columns > largestArea) return [1, Math.ceil(part.columns / Math.ceil(part.columns / largestArea))]
  const count = Math.max(1, Math.min(part.rows, Math.floor(Math.max(wanted, 64) / Math.max(1, part.columns))))
  return [Math.ceil(part.rows / Math.ceil(part.rows / count)), Math.max(1, part.columns)]
}

/** Strides of an operand of the epilogue or of the output over [sample, group, place] of a part. */
const walkPart = (
  { strides, offset }: Access,
  part: CorrelationPart,
  rows: number,
  isMerged: boolean,
): WalkedMatrix => {
  const [sample = 0, channel = 0, down = 0, across = 0] = strides
  const batch = [sample, channel * rows]
  if (!isMerged) batch.push(down * part.rowStep)
  return {
    offset: offset + part.firstRow * down + part.firstColumn * across,
    batch,
    matrix: [channel, across * part.columnStep],
  }
}

/** Coordinates of the output as they grow over the same: sample, channel, row, column. */
const coordinateOf = (axis: number, part: CorrelationPart, rows: number): WalkedCoordinate =>
  ({
    0: { offset: 0, batch: [1, 0, 0], matrix: [0, 0] as const },
    1: { offset: 0, batch: [0, rows, 0], matrix: [1, 0] as const },
    2: { offset: part.firstRow, batch: [0, 0, part.rowStep], matrix: [0, 0] as const },
    3: { offset: part.firstColumn, batch: [0, 0, 0], matrix: [0, part.columnStep] as const },
  })[axis] ?? { offset: 0, batch: [0, 0, 0], matrix: [0, 0] }

/** Whether every operand walks the rows of places one after another, so that they are as good as one row. */
const mergesRows = (part: CorrelationPart, accesses: readonly Access[]): boolean =>
  part.rowStep === 1 &&
  part.columnStep === 1 &&
  accesses.every(({ strides }) => (strides[2] ?? 0) === part.columns * (strides[3] ?? 0))

const totalBytes = (parts: readonly PlacedPart[]): number =>
  parts.reduce((bytes, { window }) => Math.max(bytes, window.bytes), 0)

/** Everything about a correlation but how it is cut. */
interface Setting {
  readonly known: KnownConvolution
  readonly kernel: ConvolutionKernel
  readonly correlation: Correlation
  readonly accesses: readonly Access[]
  readonly isDirectSum: boolean
  readonly paddedRows: number
  readonly itemBytes: number
}

const placeParts = (setting: Setting): readonly PlacedPart[] => {
  const { known, kernel, correlation, accesses, isDirectSum, paddedRows, itemBytes } = setting
  const { parts, rows, channels } = correlation
  const work = parts.reduce((sum, part) => sum + part.taps.length * part.rows * part.columns, 0)
  const all = work * channels * rows * kernel.groups * kernel.batch
  const target = Math.max(chunkWork.least, Math.min(chunkWork.most, all / chunkWork.chunks))
  let packedAt = 0
  return parts.map((part): PlacedPart => {
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

/** Records, tables of taps and words of each part; gives the numbers of items and packing chunks. */
const writeParts = (
  words: Int32Array,
  setting: Setting,
  parts: readonly PlacedPart[],
  at: { partsAt: number; tablesAt: number; recordsAt: number },
  shape: RecordShape,
): { readonly items: number; readonly packs: number } => {
  const { known, kernel, correlation, accesses, isDirectSum, itemBytes } = setting
  const { rows, channels } = correlation
  const rank = 3
  let items = 0
  let packs = 0
  let table = at.tablesAt
  parts.forEach((placed, position) => {
    const { part, area, window, isMerged } = placed
    const put = (name: PartField, value: number): void => {
      words[at.partsAt + position * partWords + partWord(name)] = value
    }
    const pairs = part.taps.length * channels
    const areasDown = Math.ceil(part.rows / area[0])
    const areasAcross = Math.ceil(part.columns / area[1])
    const depthBlocks = isDirectSum ? 1 : Math.max(1, Math.ceil(pairs / depthBlock))
    items += kernel.batch * kernel.groups * areasDown * areasAcross
    packs += kernel.groups * depthBlocks
    put('itemsEnd', items)
    put('packEnd', packs)
    // Never 0, as numbers of pairs are divided by it.
    put('taps', Math.max(1, part.taps.length))
    put('tableAt', 4 * table)
    put('pairs', pairs)
    put('depthBlocks', depthBlocks)
    put('rows', part.rows)
    put('columns', part.columns)
    put('areaRows', area[0])
    put('areaColumns', area[1])
    put('areasDown', areasDown)
    put('areasAcross', areasAcross)
    put('isCopied', window.isCopied ? 1 : 0)
    put('top', window.top)
    put('left', window.left)
    put('windowRows', window.rows)
    put('windowColumns', window.columns)
    put('windowPitch', window.pitch)
    put('windowPlane', window.plane)
    put('stepBytes', window.stepBytes)
    put('rowStep', window.rowStep)
    put('packedAt', placed.packedAt)
    put('packedGroup', placed.packedGroup)
    put('isPlain', kernel.structure.direction === 'forward' ? 1 : 0)
    const record = at.recordsAt + position * recordWords(shape, rank)
    put('recordsAt', 4 * record)
    put('isMerged', isMerged ? 1 : 0)
    put('isDirectStore', isMerged && !known.hasEpilogue && !isDirectSum ? 1 : 0)
    part.taps.forEach((tap, index) => {
      words[table + 2 * index] = tap.place * itemBytes
      words[table + 2 * index + 1] = window.offsets[index] ?? 0
    })
    table += tableWords(part)
    const walked = accesses.map((access) => walkPart(access, part, rows, isMerged))
    const sources = kernel.offsets.inputs.map((offset): WalkedMatrix => ({
      offset,
      batch: isMerged ? [0, 0] : [0, 0, 0],
      matrix: [0, 0],
    }))
    writeRecord(words, record, shape, {
      batch: isMerged ? [kernel.batch, kernel.groups] : [kernel.batch, kernel.groups, part.rows],
      operands: [...sources, ...walked],
      itemSizes: known.itemSizes,
      addresses: known.itemSizes.map((_, operand) => operand),
      coordinates: known.finish.leaves.axes.map((axis) => coordinateOf(axis, part, rows)),
    })
  })
  return { items, packs }
}

/**
 * Launches of the forward pass of convolutions and of the gradient of their input. Weights are packed once, in a phase of
 * their own; then each area of output places of a sample is a product of matrices: what the places see is packed a block of
 * depth at a time, so patches never lie in memory all at once.
 *
 * @param known - the structure
 * @param layout - of the argument block
 * @param kernel - the kernel
 * @returns its plan
 */
export const planCorrelation = (
  known: KnownConvolution,
  layout: ReturnType<typeof correlationLayout>,
  kernel: ConvolutionKernel,
): KernelPlan => {
  const itemBytes = itemSize(known.dtype)
  const correlation = correlationOf(kernel)
  const { rows, channels, source } = correlation
  const { batch, groups } = kernel
  const { variant, shape: tile } = chosenTile()
  const panelColumns = tileColumns(tile, itemBytes)
  const paddedRows = Math.ceil(rows / tile.rows) * tile.rows
  const isDirectSum = rows <= directRows
  const shape = [batch, groups * rows, ...correlation.output]
  const output = { strides: denseStrides(shape), offset: kernel.offsets.output }
  const accesses = [...kernel.epilogueInputs, output]
  const setting: Setting = { known, kernel, correlation, accesses, isDirectSum, paddedRows, itemBytes }
  const parts = shape.includes(0) ? [] : placeParts(setting)

  const partsAt = layout.recordsAt / 4
  const tablesAt = partsAt + parts.length * partWords
  const recordsAt = tablesAt + parts.reduce((count, { part }) => count + tableWords(part), 0)
  const used = recordsAt + parts.length * recordWords(layout.records, 3)
  const words = block.words(used)
  const { items, packs } = writeParts(words, setting, parts, { partsAt, tablesAt, recordsAt }, layout.records)

  const largestPlaces = parts.reduce((most, { area }) => Math.max(most, area[0] * area[1]), 1)
  const largestPairs = parts.reduce((most, { part }) => Math.max(most, part.taps.length * channels), 1)
  const paddedPlaces = (Math.ceil(largestPlaces / panelColumns) + 1) * panelColumns
  const rightAt = align(totalBytes(parts))
  const rightBytes = isDirectSum ? 0 : align(paddedPlaces * Math.min(depthBlock, largestPairs) * itemBytes)
  const sumsAt = rightAt + rightBytes
  const sumsStride = align(paddedPlaces * itemBytes)
  const needsSums = isDirectSum || known.hasEpilogue || parts.some(({ isMerged }) => !isMerged)
  const spareAt = sumsAt + (needsSums ? sumsStride * (isDirectSum ? rows : paddedRows) : 0)
  const tileSpareAt = spareAt + finishScratchBytes(known.finish)
  const offsetsAt = tileSpareAt + 1024
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
    partsAt: 4 * partsAt,
    windowAt: 0,
    rightAt,
    sumsAt,
    sumsStride,
    spareAt,
    tileSpareAt,
    offsetsAt,
  }
  for (const [name, value] of Object.entries(values)) words[layout.at[name as CorrelationField] / 4] = value
  const last = parts.at(-1)
  return {
    code: known.code,
    parameters: block.bytes(used),
    cellsAt: layout.cellsAt,
    cellCount: known.finish.leaves.cells,
    phases: items === 0 ? [0] : [packs, Math.ceil(items / itemsPerChunk)],
    scratchBytes: offsetsAt + 4 * depthBlock,
    sharedScratchBytes: last === undefined ? 0 : last.packedAt + align(last.packedGroup * groups) + 64,
    sharedScratchAt: layout.at.sharedScratch,
  }
}
