import { identityOf, type RowKernel, type RowStructure } from '@chainrule/tensor'
import { expressionCost } from '../expression-cost.js'
import type { KernelCode, Planner } from '../kernel-code.js'
import { ParameterBlock } from './parameter-block.js'
import { rowModule } from './row-code.js'
import { rowHead, type RowLayout, rowLayout, type RowVariant } from './row-layout.js'
import { type PhaseChunks, rowRecordWords, writeRowRecord } from './row-record.js'
import { savedParts } from './saved-parts.js'
import type { WalkedOperand } from './space-record.js'
import { cutRows, type Scratch } from './row-cut.js'
import { chooseVariant, mergeSpace, oneElementVariant, sortAxes } from './row-space.js'

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
    variant === undefined ? (learnt.codes[0] ?? codeFor(learnt, oneElementVariant(layout))) : codeFor(learnt, variant)
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
    const cut = cutRows(learnt, layout, axes, made.variant, scratch)
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
