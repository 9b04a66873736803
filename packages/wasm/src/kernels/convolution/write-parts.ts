import type { Access } from '@chainrule/tensor'
import {
  type RecordShape,
  recordWords,
  type WalkedCoordinate,
  type WalkedMatrix,
  writeRecord,
} from '../contraction/contraction-layout.js'
import { depthBlock } from '../contraction/tile-variants.js'
import { type PartField, partWord, partWords } from './correlation-layout.js'
import type { CorrelationPart } from './correlation-parts.js'
import type { PlacedPart, Setting } from './place-parts.js'

/** Words of a part's table of taps. */
export const tableWords = ({ taps }: CorrelationPart): number => 2 * Math.max(1, taps.length)

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

/** Records, tables of taps and words of each part; gives the numbers of items, packing chunks and calls of a library. */
export const writeParts = (
  words: Int32Array,
  setting: Setting,
  parts: readonly PlacedPart[],
  at: { partsAt: number; tablesAt: number; recordsAt: number },
  shape: RecordShape,
  libraryDepth: number,
): { readonly items: number; readonly packs: number; readonly calls: number } => {
  const { known, kernel, correlation, accesses, isDirectSum, isOnLibrary, itemBytes } = setting
  const { rows, channels } = correlation
  const rank = 3
  let items = 0
  let packs = 0
  let calls = 0
  let table = at.tablesAt
  parts.forEach((placed, position) => {
    const { part, bands, area, window, isMerged } = placed
    const put = (name: PartField, value: number): void => {
      words[at.partsAt + position * partWords + partWord(name)] = value
    }
    const pairs = part.taps.length * channels
    const areasDown = Math.ceil(part.rows / area[0])
    const areasAcross = Math.ceil(part.columns / area[1])
    const packBlocks = isDirectSum ? rows : Math.max(1, Math.ceil(pairs / depthBlock))
    const partItems = kernel.batch * kernel.groups * areasDown * areasAcross
    items += partItems
    calls += partItems * bands * Math.ceil(pairs / bands / libraryDepth)
    packs += kernel.groups * packBlocks
    put('itemsEnd', items)
    put('packEnd', packs)
    // Never 0, as numbers of pairs are divided by it.
    put('taps', Math.max(1, part.taps.length / bands))
    put('bands', bands)
    put('bandStep', placed.bandStep)
    put('tableAt', 4 * table)
    put('pairs', pairs)
    put('packBlocks', packBlocks)
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
    put('isDirectStore', isMerged && !known.hasEpilogue && (!isDirectSum || isOnLibrary) ? 1 : 0)
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
  return { items, packs, calls }
}
