import { type Access, identityOf, type RowKernel, type RowSpace, type RowStructure } from '@chainrule/tensor'
import { coalesceAxes, type WalkedAxes } from '../coalesce.js'
import { expressionCost } from '../expression-cost.js'
import type { KernelCode, Planner } from '../kernel-code.js'
import { pieceElements } from './map-code.js'
import { ParameterBlock } from './parameter-block.js'
import { acrossElements, acrossScratchBytes } from './row-across.js'
import { alongScratch, savedRowBytes } from './row-along.js'
import { rowModule } from './row-code.js'
import { placeAxis, rowHead, type RowLayout, rowLayout, type RowVariant, scratchItem } from './row-context.js'
import { cutCounts, type PhaseChunks, type RowAxes, type RowCut, rowRecordWords, writeRowRecord } from './row-record.js'
import { savedParts } from './saved-parts.js'
import { coordinateWalk, type WalkedOperand } from './space-record.js'
import { valueBytes } from './cascade.js'

/** Code and the variant it was made for. */
interface VariantCode {
  readonly variant: RowVariant
  readonly code: KernelCode
}

/** What the planner knows of a structure. */
interface KnownStructure {
  readonly layout: RowLayout
  readonly key: string
  readonly chunkElements: number
  readonly savedParts: number
  /** The operands of a space that is alone. */
  readonly operands: readonly WalkedOperand[]
  readonly codes: VariantCode[]
}

const known = new WeakMap<RowStructure, KnownStructure>()
const knownByKey = new Map<string, KnownStructure>()
const block = new ParameterBlock()

/** Work of one chunk, in instructions of vectors. */
const chunkWork = 2 ** 18

/** Spaces with fewer chunks than this are split where their rows are long. */
const enoughChunks = 16

const learn = (structure: RowStructure): KnownStructure => {
  const key = [
    'row',
    structure.inputs.join(),
    structure.stages.map(({ reduction, expression }) => `${reduction} ${identityOf(expression)}`).join(),
    structure.outputs.map(({ per, expression }) => `${per} ${identityOf(expression)}`).join(),
  ].join(':')
  const same = knownByKey.get(key)
  if (same !== undefined) {
    known.set(structure, same)
    return same
  }
  const layout = rowLayout(structure)
  const cost = 4 + expressionCost([...structure.stages, ...structure.outputs].map(({ expression }) => expression))
  const learnt: KnownStructure = {
    layout,
    key,
    chunkElements: Math.max(2048, Math.min(65536, 2 ** Math.round(Math.log2(chunkWork / cost)))),
    savedParts: savedParts(layout, () => true).length,
    operands: operandsOf(layout, rowHead.cellsAt + 8 * layout.leaves.cells, 0, 1),
    codes: [],
  }
  known.set(structure, learnt)
  knownByKey.set(key, learnt)
  return learnt
}

/** The operands of a space: where the words with their addresses are. */
const operandsOf = (
  { structure, itemSizes }: RowLayout,
  operandsAt: number,
  group: number,
  groups: number,
): WalkedOperand[] => {
  const inputs = structure.inputs.length
  const outputs = structure.outputs.length
  return itemSizes.map((size, operand) => {
    const position =
      operand < inputs ? group * inputs + operand : groups * inputs + group * outputs + (operand - inputs)
    return { itemSize: size, addressAt: operand < inputs + outputs ? operandsAt + 4 * position : -1 }
  })
}

/** The walks of all operands over kept and reduced axes together; outputs of rows have no strides for the reduced ones. */
const walksOf = (space: RowSpace, { axes }: RowLayout): readonly Access[] => {
  const walks = space.inputs.concat(space.outputs)
  for (const axis of axes) walks.push(axis === placeAxis ? placeWalk(space) : coordinateWalk(axis, space.shape.length))
  return walks
}

/** Counts the elements of a row, row-major over the reduced axes. */
const placeWalk = ({ shape, kept }: RowSpace): Access => {
  const strides = shape.map(() => 0)
  let step = 1
  for (let axis = shape.length - 1; axis >= kept; axis--) {
    strides[axis] = step
    step *= shape[axis] ?? 1
  }
  return { strides, offset: 0 }
}

const isStill = (walk: Access | undefined, from: number, to: number): boolean => {
  for (let axis = from; axis < to; axis++) if (walk?.strides[axis] !== 0) return false
  return true
}

/** An index space whose kept and reduced axes were merged as far as possible. */
interface MergedSpace {
  readonly kept: WalkedAxes
  readonly reduced: WalkedAxes
  readonly walks: readonly Access[]
  readonly count: number
}

/**
 * The operand whose steps decide in which order the elements of a row are met; −1 if their order matters or nothing moves.
 * Places must be met in ascending order, so rows of `argmax` keep their axes.
 */
const moverOf = (walks: readonly Access[], layout: RowLayout, from: number, to: number): number => {
  if (layout.axes.includes(placeAxis)) return -1
  const inputs = layout.structure.inputs.length
  for (const output of layout.elementOutputs) if (!isStill(walks[inputs + output], from, to)) return inputs + output
  for (let input = 0; input < inputs; input++) if (!isStill(walks[input], from, to)) return input
  return -1
}

const mergeSpace = (space: RowSpace, layout: RowLayout): MergedSpace => {
  const walks = walksOf(space, layout)
  const { shape, kept } = space
  const { inputs, outputs } = layout.structure
  let count = 1
  for (let axis = kept; axis < shape.length; axis++) count *= shape[axis] ?? 1
  return {
    kept: coalesceAxes(shape, walks, outputs.length > 0 ? inputs.length : -1, 0, kept),
    reduced: coalesceAxes(shape, walks, moverOf(walks, layout, kept, shape.length), kept),
    walks,
    count,
  }
}

/** How many operands, weighted by how much of them there is, lie together along the innermost of some axes. */
const togetherness = ({ steps }: WalkedAxes, others: WalkedAxes, operands: number): number => {
  const inner = steps.at(-1)
  if (inner === undefined) return 0
  let score = 0
  for (let operand = 0; operand < operands; operand++) {
    if (inner[operand] === 1) score += others.steps.some((step) => (step[operand] ?? 0) !== 0) ? 4 : 1
  }
  return score
}

/** Whether rows are better walked side by side. */
const prefersAcross = ({ kept, reduced }: MergedSpace, { structure }: RowLayout): boolean => {
  if (kept.sizes.length === 0) return false
  if (reduced.sizes.length === 0) return true
  const operands = structure.inputs.length + structure.outputs.length
  return togetherness(kept, reduced, operands) > togetherness(reduced, kept, operands)
}

const variantOf = (space: RowSpace, merged: MergedSpace, layout: RowLayout, isAcross: boolean): RowVariant => {
  let single = 0
  let column = 0
  const { kept, shape } = space
  for (let input = 0; input < Math.min(31, layout.structure.inputs.length); input++) {
    const isSame = isStill(space.inputs[input], kept, shape.length) || layout.rowInputs.includes(input)
    if (!isAcross) {
      if (isSame) single |= 1 << input
    } else if (merged.kept.steps.at(-1)?.[input] === 0) single |= 1 << input
    else if (isSame) column |= 1 << input
  }
  return { isAcross, single, column }
}

const codeFor = ({ codes, key, layout }: KnownStructure, variant: RowVariant): VariantCode => {
  const { isAcross, single, column } = variant
  for (const known of codes) {
    const { variant: one } = known
    if (one.isAcross === isAcross && one.single === single && one.column === column) return known
  }
  const name = `${isAcross ? 'across' : 'along'} ${single} ${column}`
  const made: VariantCode = {
    variant,
    code: { key: `${key}:${name}`, build: (features) => rowModule(layout, variant, features) },
  }
  codes.push(made)
  return made
}

/** Which way the rows of all spaces are walked, and what stays the same in all of them. */
const chooseVariant = (
  spaces: readonly RowSpace[],
  merged: readonly MergedSpace[],
  layout: RowLayout,
): RowVariant | undefined => {
  const sized = merged.filter(({ kept, reduced }) => kept.sizes.length + reduced.sizes.length > 0)
  if (sized.length === 0) return undefined
  const isAcross = sized.every((space) => prefersAcross(space, layout))
  let single = -1
  let column = -1
  spaces.forEach((space, group) => {
    const one = merged[group]
    if (one === undefined) return
    const variant = variantOf(space, one, layout, isAcross)
    single &= variant.single
    column &= variant.column
  })
  return { isAcross, single, column }
}

const innermost = (axes: WalkedAxes, operands: number): RowAxes['inner'] => ({
  size: axes.sizes.at(-1) ?? 1,
  step: axes.steps.at(-1) ?? Array.from({ length: operands }, () => 0),
})

const others = ({ sizes, steps }: WalkedAxes): Pick<WalkedAxes, 'sizes' | 'steps'> => ({
  sizes: sizes.slice(0, -1),
  steps: steps.slice(0, -1),
})

const sortAxes = ({ kept, reduced, walks, count }: MergedSpace, isAcross: boolean): RowAxes => ({
  inner: innermost(isAcross ? kept : reduced, walks.length),
  segments: isAcross ? reduced : others(reduced),
  kept: isAcross ? others(kept) : kept,
  starts: walks.map(({ offset }, operand) => (kept.starts[operand] ?? 0) + (reduced.starts[operand] ?? 0) - offset),
  count,
})

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
interface Scratch {
  own: number
  shared: number
}

const takeShared = (scratch: Scratch, bytes: number): number => {
  const at = scratch.shared
  scratch.shared += roundUp(bytes, 64) + 64
  return at
}

/** Decides how a space is cut, and takes the scratch that this needs. */
const cutSpace = (learnt: KnownStructure, axes: RowAxes, variant: RowVariant, scratch: Scratch): RowCut => {
  const { isAcross } = variant
  const { layout, chunkElements, savedParts: saved } = learnt
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

/**
 * Launches of row kernels. Rows whose elements lie together are walked along, one after another; where neighbouring rows
 * lie together instead, as in a sum over the first axis, they are walked side by side. Few long rows are split: parts are
 * reduced in one phase and combined in the next.
 *
 * @param kernel - the kernel
 * @returns its plan
 */
export const planRow: Planner<RowKernel> = (kernel) => {
  const learnt = known.get(kernel.structure) ?? learn(kernel.structure)
  const { layout } = learnt
  const { structure, leaves, itemSizes } = layout
  const { spaces } = kernel
  const inputs = structure.inputs.length
  const outputs = structure.outputs.length
  const merged = spaces.map((space) => mergeSpace(space, layout))
  const variant = chooseVariant(spaces, merged, layout)
  const made =
    // To spaces of one element all code does right.
    variant === undefined
      ? (learnt.codes[0] ?? codeFor(learnt, { isAcross: false, single: 0, column: 0 }))
      : codeFor(learnt, variant)
  const { isAcross } = made.variant

  const operandsAt = rowHead.cellsAt + 8 * leaves.cells
  let rank = 0
  for (const { shape } of spaces) rank = Math.max(rank, shape.length)
  let at = operandsAt / 4 + spaces.length * (inputs + outputs)
  const words = block.words(at + spaces.length * rowRecordWords(rank, itemSizes.length))
  words[rowHead.recordAt / 4] = 4 * at
  let chunks: PhaseChunks = [0, 0, 0]
  const scratch: Scratch = { own: 0, shared: 0 }
  merged.forEach((space, group) => {
    const axes = sortAxes(space, isAcross)
    const isEmpty = space.kept.sizes.includes(0)
    if (isEmpty) return
    const operands = spaces.length === 1 ? learnt.operands : operandsOf(layout, operandsAt, group, spaces.length)
    const cut = cutSpace(learnt, axes, made.variant, scratch)
    const { end, next } = writeRowRecord(words, at, axes, operands, chunks, cut, isAcross)
    at = end
    chunks = next
  })
  const [first, combining, later] = chunks
  const phases = [first]
  if (combining > 0) {
    for (let stage = 0; stage < layout.stages.length; stage++) {
      if (stage > 0) phases.push(later)
      phases.push(combining)
    }
    if (layout.elementOutputs.length > 0) phases.push(later)
  }
  return {
    code: made.code,
    parameters: block.bytes(at),
    operandsAt,
    cellsAt: rowHead.cellsAt,
    cellCount: leaves.cells,
    phases,
    scratchBytes: scratch.own,
    sharedScratchBytes: scratch.shared,
    sharedScratchAt: rowHead.sharedAt,
  }
}
