import { pieceElements } from './map-code.js'
import { acrossElements, acrossScratchBytes } from './row-arrays.js'
import { alongScratch, savedRowBytes } from './along-pass.js'
import { type RowLayout, type RowVariant, scratchItem } from './row-layout.js'
import { cutCounts, type RowAxes, type RowCut } from './row-record.js'
import { valueBytes } from './cascade.js'

/** What a row costs. */
export interface RowCost {
  /** About how many elements a chunk should have. */
  readonly chunkElements: number
  /** How many parts of expressions are saved. */
  readonly savedParts: number
}

/** Spaces with fewer chunks than this are split where their rows are long. */
const enoughChunks = 16

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit

type Size = Pick<RowCut, 'keptPerChunk' | 'blockElements' | 'segmentsPerGroup' | 'isSplit'>

/** Rows walked one after another: groups of whole rows, or parts of them where they are few and long. */
const cutAlong = ({ inner, segments, kept }: RowAxes, chunkElements: number, stages: number): Size => {
  const rows = kept.sizes.reduce((total, size) => total * size, 1)
  const segmentCount = segments.sizes.reduce((total, size) => total * size, 1)
  const length = Math.max(1, inner.size * segmentCount)
  const isSplit = stages > 0 && rows > 0 && rows < enoughChunks && length >= 2 * chunkElements
  if (!isSplit) {
    return {
      keptPerChunk: Math.max(1, Math.floor(chunkElements / length)),
      blockElements: Math.max(1, inner.size),
      segmentsPerGroup: Math.max(1, segmentCount),
      isSplit,
    }
  }
  if (inner.size < chunkElements) {
    const segmentsPerGroup = Math.max(1, Math.floor(chunkElements / inner.size))
    return { keptPerChunk: 1, blockElements: inner.size, segmentsPerGroup, isSplit }
  }
  const parts = Math.ceil(inner.size / chunkElements)
  return { keptPerChunk: 1, blockElements: roundUp(Math.ceil(inner.size / parts), 64), segmentsPerGroup: 1, isSplit }
}

/** Rows walked side by side: blocks of neighbouring rows, and groups of segments where the blocks are few and long. */
const cutAcross = ({ inner, segments, kept }: RowAxes, chunkElements: number, stages: number): Size => {
  const places = kept.sizes.reduce((total, size) => total * size, 1)
  const segmentCount = segments.sizes.reduce((total, size) => total * size, 1)
  const blocks = Math.max(1, Math.ceil(inner.size / acrossElements))
  const blockElements = blocks === 1 ? Math.max(1, inner.size) : roundUp(Math.ceil(inner.size / blocks), 64)
  const work = Math.max(1, blockElements * segmentCount)
  const isSplit = stages > 0 && places > 0 && places * blocks < enoughChunks && work >= 2 * chunkElements
  return {
    keptPerChunk: Math.max(1, Math.floor(chunkElements / work)),
    blockElements,
    segmentsPerGroup: isSplit ? Math.max(1, Math.floor(chunkElements / blockElements)) : Math.max(1, segmentCount),
    isSplit,
  }
}

/** Whether every operand that moves along the inner axis lies together there. */
const liesTogether = (
  { inner }: RowAxes,
  { structure, elementOutputs }: RowLayout,
  { single }: RowVariant,
): boolean => {
  const inputs = structure.inputs.length
  return (
    structure.inputs.every((_, input) => ((single >>> input) & 1) === 1 || inner.step[input] === 1) &&
    elementOutputs.every((at) => inner.step[inputs + at] === 1)
  )
}

/** Bytes of scratch, and of shared scratch so far. */
export interface Scratch {
  own: number
  shared: number
}

const takeShared = (scratch: Scratch, bytes: number): number => {
  const at = scratch.shared
  scratch.shared += roundUp(bytes, 64) + 64
  return at
}

/**
 * Decides how a space is cut, and takes the scratch that this needs.
 *
 * @param cost - how much work a chunk should have, and how many parts of expressions are saved
 * @param layout - what is computed
 * @param axes - of the space
 * @param variant - which way rows are walked
 * @param scratch - what has been taken so far
 * @returns the cut
 */
export const cutRows = (
  { chunkElements, savedParts: saved }: RowCost,
  layout: RowLayout,
  axes: RowAxes,
  variant: RowVariant,
  scratch: Scratch,
): RowCut => {
  const { isAcross } = variant
  const stages = layout.stages.length
  const size = isAcross ? cutAcross(axes, chunkElements, stages) : cutAlong(axes, chunkElements, stages)
  const { blocks, groups, kept } = cutCounts(axes, size)
  const pieceLength = isAcross || liesTogether(axes, layout, variant) ? 0x7fffffff : pieceElements
  const states = 2
  if (isAcross) {
    const arrayLength = roundUp(axes.inner.size, 64)
    const arrays = (count: number): number => count * arrayLength * scratchItem
    scratch.own = Math.max(
      scratch.own,
      acrossScratchBytes(stages, layout.itemSizes.length, size.segmentsPerGroup, groups),
    )
    return {
      keptPerChunk: size.keptPerChunk,
      blockElements: size.blockElements,
      segmentsPerGroup: size.segmentsPerGroup,
      isSplit: size.isSplit,
      pieceLength,
      arrayLength,
      partialsAt: size.isSplit ? takeShared(scratch, arrays(kept * groups * states)) : 0,
      stagesAt: size.isSplit ? takeShared(scratch, arrays(kept * stages)) : 0,
      savedAt: 0,
    }
  }
  const arrayLength = savedRowBytes(axes.count)
  const savedBytes = saved * arrayLength
  const base = alongScratch.saved(layout.itemSizes.length)
  scratch.own = Math.max(scratch.own, base + (size.isSplit ? 0 : savedBytes))
  return {
    keptPerChunk: size.keptPerChunk,
    blockElements: size.blockElements,
    segmentsPerGroup: size.segmentsPerGroup,
    isSplit: size.isSplit,
    pieceLength,
    arrayLength,
    partialsAt: size.isSplit ? takeShared(scratch, kept * blocks * groups * states * valueBytes) : 0,
    stagesAt: size.isSplit ? takeShared(scratch, kept * stages * valueBytes) : 0,
    savedAt: size.isSplit ? takeShared(scratch, kept * savedBytes) : 0,
  }
}
