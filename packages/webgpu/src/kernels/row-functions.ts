import type { DType, Expression, RowStructure } from '@chainrule/tensor'
import { expressionCode } from '../expression-code.js'
import type { WgslFunction } from '../math/wgsl-function.js'
import { valueType } from '../operand-code.js'
import { cellCode } from './element-code.js'
import { type ReductionCode, reductionCode } from './reduction-code.js'
import { leavesOf } from './row-structure.js'

/** A WGSL function of the leaves that an expression of a row kernel uses. */
export interface LeafFunction {
  readonly text: string
  /** A call, given the values of inputs and the coordinates; stages and the count have names of their own. */
  call(inputs: (position: number) => string, axes: (axis: number) => string): string
}

/** The reduction of a stage. */
export const stageReduction = (structure: RowStructure, stage: number): ReductionCode => {
  const described = structure.stages[stage]
  if (!described) throw new RangeError(`there is no stage ${String(stage)}`)
  return reductionCode(described.reduction, described.expression.dtype)
}

/**
 * Writes an expression of a row kernel as a function.
 *
 * @param structure - of the kernel
 * @param name - of the function
 * @param expression - of a stage or an output
 * @param use - takes each function that the text calls
 * @returns the function
 */
export const leafFunction = (
  structure: RowStructure,
  name: string,
  expression: Expression,
  use: (needed: WgslFunction) => void,
): LeafFunction => {
  const leaves = leavesOf([expression])
  const code = expressionCode(
    [expression],
    {
      input: (position) => `in${String(position)}`,
      cell: cellCode,
      index: (axis) => `index${String(axis)}`,
      count: (dtype: DType) => (valueType(dtype) === 'f32' ? 'f32(row_count)' : 'i32(row_count)'),
      stage: (position) => `stage${String(position)}`,
    },
    use,
  )
  const stageType = (stage: number): string => {
    const { hasPlace, type } = stageReduction(structure, stage)
    return hasPlace ? 'i32' : type
  }
  const parameters = [
    ...leaves.inputs.map((position) => `in${String(position)}: ${valueType(structure.inputs[position] ?? 'float32')}`),
    ...leaves.stages.map((stage) => `stage${String(stage)}: ${stageType(stage)}`),
    ...leaves.axes.map((axis) => `index${String(axis)}: i32`),
    'row_count: u32',
  ]
  const text = [
    `fn ${name}(${parameters.join(', ')}) -> ${valueType(expression.dtype)} {`,
    ...code.lines.map((line) => `  ${line}`),
    `  return ${code.results[0] ?? ''};`,
    '}',
    '',
  ].join('\n')
  return {
    text,
    call: (inputs, axes) => {
      const stages = leaves.stages.map((stage) => `stage${String(stage)}`)
      return `${name}(${[...leaves.inputs.map(inputs), ...stages, ...leaves.axes.map(axes), 'row_count'].join(', ')})`
    },
  }
}
