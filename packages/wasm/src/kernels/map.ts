import { type Access, identityOf, itemSize, type MapKernel, type MapStructure, type Space } from '@chainrule/tensor'
import { coalesceAxes, type WalkedAxes } from '../coalesce.js'
import { expressionCost } from '../expression-cost.js'
import type { KernelCode, Planner } from '../kernel-code.js'
import { type Leaves, leavesOf } from './expression-leaves.js'
import { mapHead, mapModule, pieceBytes, pieceElements } from './map-code.js'
import { ParameterBlock } from './parameter-block.js'
import { coordinateWalk, type Cut, recordWords, type WalkedOperand, writeRecord } from './space-record.js'

/** What the planner knows of a structure. */
interface KnownStructure {
  readonly structure: MapStructure
  readonly leaves: Leaves
  readonly key: string
  readonly chunkElements: number
  /** Bytes of an element of each operand: inputs, outputs, coordinates. */
  readonly itemSizes: readonly number[]
  /** The operands of a space that is alone. */
  operands: readonly WalkedOperand[]
  /** Code by which inputs it takes to be repeated along the innermost axis. */
  readonly codes: Map<number, KernelCode>
}

const known = new WeakMap<MapStructure, KnownStructure>()
const knownByKey = new Map<string, KnownStructure>()
const block = new ParameterBlock()

/** Work of one chunk, in instructions of vectors: some 10 to 50 µs. */
const chunkWork = 2 ** 18

const learn = (structure: MapStructure): KnownStructure => {
  const key = `map:${structure.inputs.join()}:${structure.outputs.map(identityOf).join()}`
  const same = knownByKey.get(key)
  if (same !== undefined) {
    known.set(structure, same)
    return same
  }
  const leaves = leavesOf(structure.outputs)
  const learnt: KnownStructure = {
    structure,
    leaves,
    key,
    chunkElements: Math.max(
      1024,
      Math.min(65536, 2 ** Math.round(Math.log2(chunkWork / (expressionCost(structure.outputs) + 4)))),
    ),
    itemSizes: [
      ...structure.inputs.map(itemSize),
      ...structure.outputs.map((output) => itemSize(output.dtype)),
      ...leaves.axes.map(() => 1),
    ],
    operands: [],
    codes: new Map(),
  }
  learnt.operands = operandsOf(learnt, mapHead.cellsAt + 8 * leaves.cells, 0, 1)
  known.set(structure, learnt)
  knownByKey.set(key, learnt)
  return learnt
}

/** Code for inputs repeated as the bits of `repeated` say; where rows have one element, any will do. */
const codeFor = (learnt: KnownStructure, repeated: number, isAnyRight: boolean): KernelCode => {
  const { codes, key, structure, leaves } = learnt
  if (isAnyRight) {
    for (const code of codes.values()) return code
  }
  let code = codes.get(repeated)
  if (code === undefined) {
    code = {
      key: `${key}:${repeated}`,
      build: (features) => mapModule(structure, leaves, repeated, features),
    }
    codes.set(repeated, code)
  }
  return code
}

const walksOf = (space: Space, leaves: Leaves): readonly Access[] => {
  const walks = space.inputs.concat(space.outputs)
  for (const axis of leaves.axes) walks.push(coordinateWalk(axis, space.shape.length))
  return walks
}

/** The operands of a space: where the words with their addresses are. */
const operandsOf = (learnt: KnownStructure, operandsAt: number, group: number, groups: number): WalkedOperand[] => {
  const { structure, itemSizes } = learnt
  const inputs = structure.inputs.length
  const outputs = structure.outputs.length
  return itemSizes.map((size, operand) => {
    const position =
      operand < inputs ? group * inputs + operand : groups * inputs + group * outputs + (operand - inputs)
    return { itemSize: size, addressAt: operand < inputs + outputs ? operandsAt + 4 * position : -1 }
  })
}

/** Which inputs stay the same along the innermost axis. */
const repeatedInputs = ({ steps }: WalkedAxes, inputs: number): number => {
  const inner = steps.at(-1)
  let repeated = 0
  for (let input = 0; input < Math.min(inputs, 31); input++) if (inner?.[input] === 0) repeated |= 1 << input
  return repeated
}

const liesTogether = ({ steps }: WalkedAxes, operands: number, repeated: number): boolean => {
  const inner = steps.at(-1)
  if (inner === undefined) return true
  for (let operand = 0; operand < operands; operand++) {
    if (inner[operand] !== 1 && ((repeated >>> operand) & 1) === 0) return false
  }
  return true
}

/**
 * Launches of map kernels. The walks of operands are reduced to as few axes as possible; the innermost is worked off in
 * vectors. Operands that repeat along it are read once a row, and what depends on them alone is computed once a row (this
 * decides the code); those with gaps or running backwards are copied together a few hundred elements at a time.
 *
 * @param kernel - the kernel
 * @returns its plan
 */
export const planMap: Planner<MapKernel> = (kernel) => {
  const learnt = known.get(kernel.structure) ?? learn(kernel.structure)
  const { structure, leaves, itemSizes, chunkElements } = learnt
  const { spaces } = kernel
  const inputs = structure.inputs.length
  const outputs = structure.outputs.length
  const operandCount = itemSizes.length
  const spaceAxes: WalkedAxes[] = []
  let repeated = -1
  let isAnyRight = true
  let rank = 0
  for (const space of spaces) {
    const axes = coalesceAxes(space.shape, walksOf(space, leaves), inputs)
    spaceAxes.push(axes)
    rank = Math.max(rank, axes.sizes.length)
    if (axes.sizes.length === 0) continue
    isAnyRight = false
    repeated &= repeatedInputs(axes, inputs)
  }
  if (isAnyRight) repeated = 0

  const operandsAt = mapHead.cellsAt + 8 * leaves.cells
  const table = operandsAt / 4 + spaces.length * (inputs + outputs)
  let at = table + 1
  const words = block.words(at + spaces.length * recordWords(rank, operandCount))
  words[mapHead.tableAt / 4] = 4 * table
  words[table] = 4 * at
  let chunks = 0
  let needsScratch = false
  for (let group = 0; group < spaces.length; group++) {
    const axes = spaceAxes[group]
    if (axes === undefined || axes.sizes.includes(0)) continue
    const isTogether = liesTogether(axes, inputs + outputs, repeated)
    needsScratch ||= !isTogether
    const cut: Cut = { chunkElements, pieceElements: isTogether ? 0 : pieceElements }
    const operands = spaces.length === 1 ? learnt.operands : operandsOf(learnt, operandsAt, group, spaces.length)
    const { end, nextChunk } = writeRecord(words, at, axes, operands, chunks, cut)
    at = end
    chunks = nextChunk
  }
  return {
    code: codeFor(learnt, repeated, isAnyRight),
    parameters: block.bytes(at),
    operandsAt,
    cellsAt: mapHead.cellsAt,
    cellCount: leaves.cells,
    phases: [chunks],
    scratchBytes: needsScratch ? (inputs + outputs) * pieceBytes : 0,
    sharedScratchBytes: 0,
    sharedScratchAt: 0,
  }
}
