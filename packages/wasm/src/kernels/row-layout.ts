import { type Expression, itemSize, type RowStructure } from '@chainrule/tensor'
import { found } from './element-sources.js'
import { type Leaves, leavesOf } from './expression-leaves.js'
import { reductionCode, type ReductionCode, registerReductionCode } from './reduction-code.js'

/** Byte positions in the parameters: where the first record is said to be, the shared scratch, and the cells. */
export const rowHead = { recordAt: 0, sharedAt: 4, cellsAt: 8 } as const

/** The coordinate that counts the elements of a row, for `argmax` and `argmin`. */
export const placeAxis = -1

/** One stage with its code. */
export interface StageCode {
  readonly expression: Expression
  /** How rows side by side are reduced, with their states in memory. */
  readonly reduction: ReductionCode
  /** How one row is reduced, with its state in registers. */
  readonly running: ReductionCode
  readonly leaves: Leaves
}

/** What the planner and the code both know of a structure. */
export interface RowLayout {
  readonly structure: RowStructure
  readonly leaves: Leaves
  readonly stages: readonly StageCode[]
  readonly elementOutputs: readonly number[]
  readonly rowOutputs: readonly number[]
  /** Inputs that outputs of rows read. */
  readonly rowInputs: readonly number[]
  /** Axes whose coordinates are walked as operands; `placeAxis` among them where a stage gives places. */
  readonly axes: readonly number[]
  /** Bytes of an element of each operand: inputs, outputs, coordinates. */
  readonly itemSizes: readonly number[]
}

/**
 * Takes a structure apart.
 *
 * @param structure - of a row kernel
 * @returns what code and plans are made from
 */
export const rowLayout = (structure: RowStructure): RowLayout => {
  const stages = structure.stages.map(({ reduction, expression }): StageCode => ({
    expression,
    reduction: reductionCode(reduction, expression.dtype),
    running: registerReductionCode(reduction, expression.dtype),
    leaves: leavesOf([expression]),
  }))
  const positions = structure.outputs.map((_, at) => at)
  const elementOutputs = positions.filter((at) => structure.outputs[at]?.per === 'element')
  const rowOutputs = positions.filter((at) => structure.outputs[at]?.per === 'row')
  const leaves = leavesOf([
    ...structure.stages.map(({ expression }) => expression),
    ...structure.outputs.map(({ expression }) => expression),
  ])
  const axes = stages.some(({ reduction }) => reduction.usesPlace) ? [...leaves.axes, placeAxis] : leaves.axes
  return {
    structure,
    leaves,
    stages,
    elementOutputs,
    rowOutputs,
    rowInputs: leavesOf(rowOutputs.map((at) => found(structure.outputs[at], 'output').expression)).inputs,
    axes,
    itemSizes: [
      ...structure.inputs.map(itemSize),
      ...structure.outputs.map(({ expression }) => itemSize(expression.dtype)),
      ...axes.map(() => 1),
    ],
  }
}

/** What stays the same while inputs are walked; bit i is for input i. */
export interface RowVariant {
  readonly isAcross: boolean
  /** Along: inputs that are the same for a whole row. Across: inputs that are the same for all rows side by side. */
  readonly single: number
  /** Across: inputs that are the same for all elements of a row. */
  readonly column: number
}

/** Bytes between values of a dtype in scratch, where each has the room of the widest. */
export const scratchItem = 8
