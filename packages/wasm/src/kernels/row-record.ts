import type { WalkedAxes } from '../coalesce.js'
import type { WalkedOperand } from './space-record.js'

/**
 * What code needs to walk one index space of a row kernel: i32 words, named here by position. Rows are walked along their
 * innermost reduced axis, or across it, along the innermost kept axis: that axis is the inner one. The other reduced axes
 * make up the segments; the other kept axes the kept places.
 *
 * A chunk of a space that is not split is a group of kept places (times a block of the inner axis, across). Where there are
 * few long rows, a space is split: phase 2p reduces parts of rows for stage p, phase 2p + 1 combines them, and phase 2S maps
 * the elements.
 */
export const rowWord = {
  /** Numbers of the first chunk and of the one after the last: in phase 0, in odd phases, in even ones after 0. */
  bounds: 0,
  kept: 6,
  keptPerChunk: 7,
  inner: 8,
  blockElements: 9,
  blocks: 10,
  segments: 11,
  segmentsPerGroup: 12,
  groups: 13,
  keptAxes: 14,
  segmentAxes: 15,
  /** Bytes from the start of the record to the segment axes. */
  segmentAxesAt: 16,
  bytes: 17,
  pieceLength: 18,
  /** Elements that a row reduces. */
  count: 19,
  isSplit: 20,
  /** Byte offsets in the shared scratch, where the space is split. */
  partialsAt: 21,
  stagesAt: 22,
  savedAt: 23,
  /** Elements of an array across, or bytes of a saved row along. */
  arrayLength: 24,
  operands: 25,
} as const

/** Bytes of operand k's words (address position, start, inner step) from the start of a record. */
export const rowOperandAt = (operand: number): number => 4 * (rowWord.operands + 3 * operand)

/** How a space is cut and where its shared scratch lies. */
export interface RowCut {
  readonly keptPerChunk: number
  readonly blockElements: number
  readonly segmentsPerGroup: number
  readonly pieceLength: number
  readonly isSplit: boolean
  readonly partialsAt: number
  readonly stagesAt: number
  readonly savedAt: number
  readonly arrayLength: number
}

/** An index space, its axes sorted into inner, segments and kept. */
export interface RowAxes {
  readonly inner: { readonly size: number; readonly step: readonly number[] }
  readonly segments: Pick<WalkedAxes, 'sizes' | 'steps'>
  readonly kept: Pick<WalkedAxes, 'sizes' | 'steps'>
  readonly starts: readonly number[]
  readonly count: number
}

/** Numbers of the chunks of the three kinds of phases. */
export type PhaseChunks = readonly [first: number, combining: number, later: number]

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

/** How many blocks of the inner axis, groups of segments and kept places a cut makes. */
export const cutCounts = (
  { inner, segments, kept }: RowAxes,
  { blockElements, segmentsPerGroup }: Pick<RowCut, 'blockElements' | 'segmentsPerGroup'>,
): { readonly blocks: number; readonly groups: number; readonly kept: number; readonly segments: number } => {
  const segmentCount = product(segments.sizes)
  return {
    blocks: Math.max(1, Math.ceil(inner.size / blockElements)),
    groups: Math.max(1, Math.ceil(segmentCount / segmentsPerGroup)),
    kept: product(kept.sizes),
    segments: segmentCount,
  }
}

const writeAxes = (
  words: Int32Array,
  at: number,
  { sizes, steps }: Pick<WalkedAxes, 'sizes' | 'steps'>,
  operands: readonly WalkedOperand[],
): number => {
  let word = at
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    words[word++] = sizes[axis] ?? 1
    for (let operand = 0; operand < operands.length; operand++) {
      words[word++] = (steps[axis]?.[operand] ?? 0) * (operands[operand]?.itemSize ?? 1)
    }
  }
  return word
}

/**
 * Appends the record of one space.
 *
 * @param words - where records stand
 * @param at - position of the first word
 * @param axes - the space
 * @param operands - its operands
 * @param from - numbers of its first chunks
 * @param cut - how it is cut
 * @param isAcross - whether rows are walked across
 * @returns position after the record, and the numbers of the next chunks
 */
export const writeRowRecord = (
  words: Int32Array,
  at: number,
  axes: RowAxes,
  operands: readonly WalkedOperand[],
  from: PhaseChunks,
  cut: RowCut,
  isAcross: boolean,
): { readonly end: number; readonly next: PhaseChunks } => {
  const { blocks, groups, kept, segments } = cutCounts(axes, cut)
  const parts = Math.ceil(kept / cut.keptPerChunk) * blocks * groups
  const [first, combining, later] = from
  const next: PhaseChunks = [
    first + parts,
    combining + (cut.isSplit ? kept * (isAcross ? blocks : 1) : 0),
    later + (cut.isSplit ? parts : 0),
  ]
  words[at] = first
  words[at + 1] = next[0]
  words[at + 2] = combining
  words[at + 3] = next[1]
  words[at + 4] = later
  words[at + 5] = next[2]
  words[at + rowWord.kept] = kept
  words[at + rowWord.keptPerChunk] = cut.keptPerChunk
  words[at + rowWord.inner] = axes.inner.size
  words[at + rowWord.blockElements] = cut.blockElements
  words[at + rowWord.blocks] = blocks
  words[at + rowWord.segments] = segments
  words[at + rowWord.segmentsPerGroup] = cut.segmentsPerGroup
  words[at + rowWord.groups] = groups
  words[at + rowWord.keptAxes] = axes.kept.sizes.length
  words[at + rowWord.segmentAxes] = axes.segments.sizes.length
  words[at + rowWord.pieceLength] = cut.pieceLength
  words[at + rowWord.count] = axes.count
  words[at + rowWord.isSplit] = cut.isSplit ? 1 : 0
  words[at + rowWord.partialsAt] = cut.partialsAt
  words[at + rowWord.stagesAt] = cut.stagesAt
  words[at + rowWord.savedAt] = cut.savedAt
  words[at + rowWord.arrayLength] = cut.arrayLength
  let word = at + rowWord.operands
  for (let operand = 0; operand < operands.length; operand++) {
    const { itemSize = 1, addressAt = -1 } = operands[operand] ?? {}
    words[word++] = addressAt
    words[word++] = (axes.starts[operand] ?? 0) * itemSize
    words[word++] = (axes.inner.step[operand] ?? 0) * itemSize
  }
  word = writeAxes(words, word, axes.kept, operands)
  words[at + rowWord.segmentAxesAt] = 4 * (word - at)
  word = writeAxes(words, word, axes.segments, operands)
  words[at + rowWord.bytes] = 4 * (word - at)
  return { end: word, next }
}

/** Most words that a record can take. */
export const rowRecordWords = (rank: number, operands: number): number =>
  rowWord.operands + 3 * operands + rank * (1 + operands)
