import type { DType, RowSpace, RowStructure } from '@chainrule/tensor'
import { inputMemory, type LaunchOperand, outputMemory } from '../launch.js'
import { axesOf, mergeAxes, type NormalAxis, orderAxes, type SpaceAxis } from '../normal-space.js'
import { groupThreads } from '../plan-context.js'

/** How one operand of a row kernel is walked. */
export interface RowWalk {
  readonly operand: LaunchOperand
  /**
   * `row`: one element a row; `whole`: aligned groups of four along the innermost reduced axis; `same`: one element for
   * such a group; `each`: one by one.
   */
  readonly access: 'row' | 'whole' | 'same' | 'each'
  readonly offset: number
  readonly kept: readonly number[]
  readonly reduced: readonly number[]
}

/** How rows are cut into workgroups and threads; a function of the shape alone. */
export interface RowCut {
  /** Whether neighbouring threads take neighbouring elements of a row, rather than neighbouring rows. */
  readonly alongRow: boolean
  /** Elements that a thread takes at once. */
  readonly width: 1 | 4
  /** Threads that share a row, and rows of a workgroup: powers of two whose product is the workgroup's size. */
  readonly lanes: number
  readonly rowsPerGroup: number
  /** Pieces of each row, reduced by workgroups of their own; 1 where a workgroup sees whole rows. */
  readonly chunks: number
}

/** A space of a row kernel after merging axes. */
export interface RowLayout {
  /** Prefix of names; empty where the space is alone in its launch. */
  readonly name: string
  readonly kept: readonly NormalAxis[]
  readonly reduced: readonly NormalAxis[]
  readonly rows: number
  readonly count: number
  readonly cut: RowCut
  readonly inputs: readonly RowWalk[]
  readonly outputs: readonly RowWalk[]
}

const product = (axes: readonly { readonly size: number }[]): number =>
  axes.reduce((total, { size }) => total * size, 1)

/** The least power of two that is not below a number. */
const powerOfTwo = (value: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, value)))

const between = (low: number, value: number, high: number): number => Math.max(low, Math.min(value, high))

/** Enough threads to keep any GPU busy; fewer rows than this are shared by more threads. */
const busyThreads = 32768

const cutAlongRow = (rows: number, count: number, width: 1 | 4): RowCut => {
  const items = count / width
  const few = rows * powerOfTwo(items / 8) < busyThreads
  const lanes = between(1, powerOfTwo(items / (few ? 2 : 8)), groupThreads)
  const groups = Math.ceil((rows * lanes) / groupThreads)
  const wanted = Math.min(256, Math.floor(256 / groups), Math.floor(items / (groupThreads * 8)))
  const chunks = lanes === groupThreads ? Math.max(1, wanted) : 1
  return { alongRow: true, width, lanes, rowsPerGroup: groupThreads / lanes, chunks }
}

const cutAcrossRows = (rows: number, count: number): RowCut => {
  const few = rows < busyThreads / 2 && count >= 32
  const rowsPerGroup = between(1, powerOfTwo(rows), few ? 32 : groupThreads)
  const lanes = groupThreads / rowsPerGroup
  const groups = Math.ceil(rows / rowsPerGroup)
  const chunks = Math.max(1, Math.min(256, Math.floor(256 / groups), Math.floor(count / (lanes * 16))))
  return { alongRow: false, width: 1, lanes, rowsPerGroup, chunks }
}

const cutOf = (
  rows: number,
  count: number,
  kept: readonly NormalAxis[],
  reduced: readonly NormalAxis[],
  operands: readonly number[],
  offsets: readonly number[],
): RowCut => {
  const inner = reduced.at(-1)
  if (inner === undefined) return cutAcrossRows(rows, count)
  const nearest = (axes: readonly NormalAxis[], operand: number): number =>
    Math.abs(axes.at(-1)?.strides[operand] ?? 0) || Infinity
  const moving = operands.filter((operand) => (inner.strides[operand] ?? 0) !== 0)
  const votes = moving.filter((operand) => nearest(reduced, operand) <= nearest(kept, operand)).length
  if (2 * votes < moving.length) return cutAcrossRows(rows, count)
  const isAligned = (operand: number): boolean =>
    inner.strides[operand] === 1 &&
    [...kept, ...reduced.slice(0, -1)].every(({ strides }) => (strides[operand] ?? 0) % 4 === 0) &&
    (offsets[operand] ?? 0) % 4 === 0
  return cutAlongRow(rows, count, inner.size % 4 === 0 && operands.some(isAligned) ? 4 : 1)
}

/**
 * Merges the axes of a space and decides how its rows are cut.
 *
 * @param structure - of the kernel
 * @param space - sizes and accesses
 * @param number - which of the kernel's spaces it is
 * @param name - prefix of the names in the shader
 * @param indexed - axes whose coordinates the expressions use
 * @returns the layout
 */
export const rowLayout = (
  structure: RowStructure,
  space: RowSpace,
  number: number,
  name: string,
  indexed: ReadonlySet<number>,
): RowLayout => {
  const accesses = [...space.outputs, ...space.inputs]
  const axes = axesOf(space.shape, accesses)
  const outputCount = structure.outputs.length
  const inputCount = structure.inputs.length
  const operands = accesses.map((_, operand) => operand)
  const inputsFirst = [...operands.slice(outputCount), ...operands.slice(0, outputCount)]
  const hasPlaces = structure.stages.some(({ reduction }) => reduction === 'argmax' || reduction === 'argmin')
  const order = (list: readonly SpaceAxis[], weights: readonly number[]): readonly SpaceAxis[] =>
    orderAxes(list, weights)
  const keptAxes = axes.slice(0, space.kept)
  const reducedAxes = axes.slice(space.kept)
  const kept = mergeAxes(order(keptAxes, operands), indexed)
  // Places count in the order of the given axes.
  const reduced = mergeAxes(hasPlaces ? reducedAxes : order(reducedAxes, inputsFirst), indexed)
  const rows = product(keptAxes)
  const count = product(reducedAxes)
  const offsets = accesses.map(({ offset }) => offset)
  const cut = cutOf(rows, count, kept, reduced, inputsFirst, offsets)
  const walk = (operand: number, dtype: DType, isOutput: boolean, position: number): RowWalk => {
    const offset = offsets[operand] ?? 0
    const keptStrides = kept.map(({ strides }) => strides[operand] ?? 0)
    const reducedStrides = reduced.map(({ strides }) => strides[operand] ?? 0)
    const inner = reducedStrides.at(-1) ?? 0
    const others = [offset, ...keptStrides, ...reducedStrides.slice(0, -1)]
    const isPerRow = isOutput
      ? structure.outputs[position]?.per === 'row'
      : reducedStrides.every((stride) => stride === 0)
    const isWhole = cut.width === 4 && inner === 1 && others.every((value) => value % 4 === 0)
    const access = isPerRow ? 'row' : isWhole ? 'whole' : cut.width === 4 && inner === 0 ? 'same' : 'each'
    const memory = isOutput
      ? outputMemory(number * outputCount + position)
      : inputMemory(number * inputCount + position)
    const described: LaunchOperand = {
      name: `${name}${isOutput ? 'out' : 'in'}${String(position)}`,
      memory,
      dtype,
      lanes: access === 'whole' ? 4 : 1,
      writes: isOutput,
    }
    const atomic = isOutput && dtype === 'bool' && access !== 'whole'
    return {
      operand: atomic ? { ...described, atomic } : described,
      access,
      offset,
      kept: keptStrides,
      reduced: reducedStrides,
    }
  }
  return {
    name,
    kept,
    reduced,
    rows,
    count,
    cut,
    outputs: structure.outputs.map(({ expression }, position) => walk(position, expression.dtype, true, position)),
    inputs: structure.inputs.map((dtype, position) => walk(outputCount + position, dtype, false, position)),
  }
}
