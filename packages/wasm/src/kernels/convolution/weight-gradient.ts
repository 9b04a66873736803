import { type Access, type ConvolutionKernel, denseStrides, itemSize } from '@chainrule/tensor'
import type { ContractionLibrary } from '../../contraction-library.js'
import type { KernelPlan } from '../../kernel-code.js'
import {
  recordWords,
  type WalkedCoordinate,
  type WalkedMatrix,
  writeRecord,
} from '../contraction/contraction-layout.js'
import { forwardTaps } from './correlation-parts.js'
import { finishScratchBytes } from '../contraction/finish-code.js'
import { sourceWindow } from './source-window.js'
import { tileColumns } from '../contraction/register-tile.js'
import { tileCost, tileFor } from '../contraction/tile-choice.js'
import { depthBlock } from '../contraction/tile-variants.js'
import type { KnownConvolution } from '../convolution.js'
import { ParameterBlock } from '../parameter-block.js'
import type { WeightGradientField, weightGradientLayout } from './weight-gradient-layout.js'

const block = new ParameterBlock()

/** Outputs of a group below which tiles would mostly multiply zeros. */
const directOutputs = 2

/** Places of an area that is summed directly. */
const directPlaces = 4096

/** Most pairs that an item works on: their patches, packed, should stay in the second-level cache. */
const largestPairs = 1024

/** Work of an item in multiply-adds, and how many items there should be. */
const itemWork = { least: 2 ** 20, most: 2 ** 25, items: 16 } as const

/** Most bytes of all partial sums, and how many there are at most. */
const partialLimit = { bytes: 48 * 2 ** 20, count: 64 } as const

/** Elements that a chunk of the last phase adds up. */
const reduceElements = 2 ** 15

const align = (bytes: number): number => (bytes + 63) & ~63
const roundUp = (size: number, multiple: number): number => Math.ceil(size / multiple) * multiple
const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value))

/** Patches that a native library multiplies at a time, in elements: they should stay in the second-level cache. */
const patchElements = 2 ** 18

/** Calls of a library: one for each block of depth of each partial sum, for each of its items. */
const callsOf = (units: number, unitsPerPartial: number, unitsPerBlock: number, items: number): number => {
  const whole = Math.floor(units / unitsPerPartial) * Math.ceil(unitsPerPartial / unitsPerBlock)
  return items * (whole + Math.ceil((units % unitsPerPartial) / unitsPerBlock))
}

/** Output places that are packed at a time: whole rows, or pieces of a long one. */
const areaOf = (rows: number, columns: number, places: number): readonly [number, number] =>
  columns > places
    ? [1, Math.ceil(columns / Math.ceil(columns / places))]
    : [Math.max(1, Math.min(rows, Math.floor(places / Math.max(1, columns)))), Math.max(1, columns)]

/** How the weights [outputs, channels, rows, columns] of an operand are finished: as a matrix, or in rows of the kernel. */
type FinishForm = 'plain' | 'swapped' | 'spans'

const walk = ({ strides, offset }: Access, form: FinishForm, outputs: number): WalkedMatrix => {
  const [output = 0, channel = 0, down = 0, across = 0] = strides
  switch (form) {
    case 'plain':
      return { offset, batch: [outputs * output], matrix: [output, across] }
    case 'swapped':
      return { offset, batch: [outputs * output], matrix: [across, output] }
    case 'spans':
      return { offset, batch: [outputs * output, channel, down], matrix: [output, across] }
  }
}

/** Coordinates of the weights as they grow over [group, channel, row] and the matrix. */
const coordinateOf = (axis: number, outputs: number): WalkedCoordinate =>
  ({
    0: { offset: 0, batch: [outputs, 0, 0], matrix: [1, 0] as const },
    1: { offset: 0, batch: [0, 1, 0], matrix: [0, 0] as const },
    2: { offset: 0, batch: [0, 0, 1], matrix: [0, 0] as const },
    3: { offset: 0, batch: [0, 0, 0], matrix: [0, 1] as const },
  })[axis] ?? { offset: 0, batch: [0, 0, 0], matrix: [0, 0] }

/**
 * Launches of the gradient of convolutions' weights: products over all output places of all samples. Samples are dealt out to
 * partial sums, how many and which depends on sizes alone; a last phase adds those up in order.
 *
 * @param known - the structure
 * @param layout - of the argument block
 * @param kernel - the kernel
 * @param library - a native library for products that it prefers
 * @returns its plan
 */
export const planWeightGradient = (
  known: KnownConvolution,
  layout: ReturnType<typeof weightGradientLayout>,
  kernel: ConvolutionKernel,
  library?: ContractionLibrary,
): KernelPlan => {
  const { window, groups, batch } = kernel
  const itemBytes = itemSize(known.dtype)
  const outputs = kernel.outputChannels / groups
  const channels = kernel.inputChannels / groups
  const taps = forwardTaps(window)
  const pairs = channels * taps.length
  const [rows, columns] = window.output
  const libraryDepth = clamp(Math.floor(patchElements / Math.max(1, Math.min(pairs, largestPairs))), 128, 1024)
  const inner = Math.min(libraryDepth, batch * rows * columns)
  const isOnLibrary =
    library?.isConcurrent === true &&
    known.libraryCode !== undefined &&
    inner > 0 &&
    library.prefers({ rows: outputs, columns: Math.min(pairs, largestPairs), inner, itemBytes })
  const isDirectSum = outputs <= directOutputs && !isOnLibrary
  const depthLimit = isOnLibrary ? libraryDepth : depthBlock

  const shape = [kernel.outputChannels, channels, ...window.kernel]
  const [kernelRows, kernelColumns] = window.kernel
  const accesses = [...kernel.epilogueInputs, { strides: denseStrides(shape), offset: kernel.offsets.output }]
  const merges = accesses.every(({ strides }) => {
    const [, channel = 0, down = 0, across = 0] = strides
    return down === kernelColumns * across && channel === kernelRows * down
  })
  const isMerged = !known.usesIndex && merges
  // The product is transposed where less of its tiles then lies beyond the edges.
  const [plain, transposed] = [tileFor(outputs, pairs, itemBytes), tileFor(pairs, outputs, itemBytes)]
  const isBetter = tileCost(transposed, pairs, outputs, itemBytes) < tileCost(plain, outputs, pairs, itemBytes)
  const isSwapped = isMerged && !isDirectSum && !isOnLibrary && isBetter
  const { variant, shape: tile } = isSwapped ? transposed : plain
  const panelRows = tile.rows
  const panelColumns = tileColumns(tile, itemBytes)
  const form: FinishForm = !isMerged ? 'spans' : isSwapped ? 'swapped' : 'plain'

  const [areaRows, areaColumns] = areaOf(rows, columns, isDirectSum ? directPlaces : depthLimit)
  const areasDown = Math.ceil(rows / areaRows)
  const areasAcross = Math.ceil(columns / areaColumns)
  const units = batch * areasDown * areasAcross
  const unitPlaces = areaRows * areaColumns
  // Several samples share a block of depth where each has few places.
  const unitsPerBlock = isDirectSum ? 1 : Math.max(1, Math.floor(depthLimit / unitPlaces))
  const panelPairs = isSwapped ? panelRows : panelColumns
  const pairBlocks = isDirectSum ? 1 : Math.max(1, Math.ceil(pairs / largestPairs))
  const blockPairs = isDirectSum ? pairs : roundUp(Math.ceil(pairs / pairBlocks), panelPairs)

  const partialRows = isSwapped ? pairs : outputs
  const partialColumns = isSwapped ? outputs : pairs
  const partialPitch = align((roundUp(partialColumns, panelColumns) + 4) * itemBytes)
  const partialBytes = align(roundUp(partialRows, panelRows) * partialPitch)
  const perUnit = outputs * pairs * unitPlaces
  const target = clamp((perUnit * units * groups) / itemWork.items, itemWork.least, itemWork.most)
  const mostPartials = clamp(Math.floor(partialLimit.bytes / (partialBytes * groups)), 1, partialLimit.count)
  const wanted = Math.ceil((perUnit * units) / pairBlocks / target)
  const unitsPerPartial = roundUp(Math.max(1, Math.ceil(units / clamp(wanted, 1, mostPartials))), unitsPerBlock)
  const partials = Math.max(1, Math.ceil(units / unitsPerPartial))
  const isEmpty = outputs * pairs * groups === 0
  const items = groups * partials * Math.ceil(pairs / Math.max(1, blockPairs))

  const seen = sourceWindow({
    taps,
    channels,
    source: window.input,
    stride: window.stride,
    area: [areaRows, areaColumns],
    all: [rows, columns],
    itemBytes,
  })
  const depth = isDirectSum ? 0 : unitsPerBlock * unitPlaces
  const gradientAt = align(seen.bytes)
  const pairsAt = gradientAt + align(roundUp(outputs, isSwapped ? panelColumns : panelRows) * depth * itemBytes)
  const spareAt = pairsAt + align(roundUp(blockPairs, panelPairs) * depth * itemBytes)
  const reduceRows = Math.max(1, Math.floor(reduceElements / (Math.max(1, partialColumns) * partials)))
  const reduceChunks = Math.ceil(partialRows / reduceRows)
  const spans = form === 'spans' ? channels * kernelRows : 1

  const tableAt = layout.recordsAt / 4 + recordWords(layout.records, 3)
  const used = tableAt + 2 * taps.length
  const words = block.words(used)
  const source = { rows: window.input[0], columns: window.input[1] }
  const values: Record<WeightGradientField, number> = {
    isDirectSum: isDirectSum ? 1 : 0,
    isSwapped: isSwapped ? 1 : 0,
    variant,
    panelRows,
    panelColumns,
    outputs,
    groups,
    taps: taps.length,
    tableAt: 4 * tableAt,
    pairs,
    rows,
    columns,
    areasDown,
    areasAcross,
    gradientPitch: columns * itemBytes,
    gradientPlane: rows * columns * itemBytes,
    gradientSample: kernel.outputChannels * rows * columns * itemBytes,
    units,
    unitsPerPartial,
    partials,
    unitsPerBlock,
    blockPairs,
    pairBlocks: Math.ceil(pairs / Math.max(1, blockPairs)),
    items,
    partialBytes,
    partialPitch,
    partialRows,
    partialColumns,
    reduceRows,
    reduceChunks,
    spans,
    spanColumns: form === 'spans' ? kernelColumns : partialColumns,
    gradientAt,
    pairsAt,
    spareAt,
    channels,
    sourceRows: source.rows,
    sourceColumns: source.columns,
    sourcePitch: source.columns * itemBytes,
    sourcePlane: source.rows * source.columns * itemBytes,
    sourceSample: kernel.inputChannels * source.rows * source.columns * itemBytes,
    strideRows: window.stride[0],
    strideColumns: window.stride[1],
    windowAt: 0,
    isCopied: seen.isCopied ? 1 : 0,
    top: seen.top,
    left: seen.left,
    windowRows: seen.rows,
    windowColumns: seen.columns,
    windowPitch: seen.pitch,
    windowPlane: seen.plane,
    stepBytes: seen.stepBytes,
    rowStep: seen.rowStep,
    areaRows,
    areaColumns,
  }
  for (const [name, value] of Object.entries(values)) words[layout.at[name as WeightGradientField] / 4] = value
  taps.forEach((_, tap) => {
    words[tableAt + 2 * tap] = 0
    words[tableAt + 2 * tap + 1] = seen.offsets[tap] ?? 0
  })
  const batchSizes = form === 'spans' ? [groups, channels, kernelRows] : [groups]
  const operands = kernel.offsets.inputs.map((offset): WalkedMatrix => ({
    offset,
    batch: batchSizes.map(() => 0),
    matrix: [0, 0],
  }))
  writeRecord(words, layout.recordsAt / 4, layout.records, {
    batch: batchSizes,
    operands: [...operands, ...accesses.map((access) => walk(access, form, outputs))],
    itemSizes: known.itemSizes,
    addresses: known.itemSizes.map((_, operand) => operand),
    coordinates: known.finish.leaves.axes.map((axis) => coordinateOf(axis, outputs)),
  })
  return {
    code: isOnLibrary ? (known.libraryCode ?? known.code) : known.code,
    ...(isOnLibrary
      ? { library: { calls: callsOf(units, unitsPerPartial, unitsPerBlock, items / partials), isConcurrent: true } }
      : {}),
    parameters: block.bytes(used),
    cellsAt: layout.cellsAt,
    cellCount: known.finish.leaves.cells,
    phases: isEmpty ? [0] : [items, groups * reduceChunks],
    scratchBytes: spareAt + finishScratchBytes(known.finish) + 64,
    sharedScratchBytes: partials * groups * partialBytes + 64,
    sharedScratchAt: layout.at.sharedScratch,
  }
}
