import type { Expression } from '../expression/expression.js'
import type { RowKernel, RowSpace, RowStructure } from '../kernel.js'
import type { Access } from '../view.js'
import { type BlockProgram, compileBlockProgram } from './block-program.js'
import { BlockWalk } from './block-walk.js'
import { type Elements, fillRange } from './elements.js'
import { coordinateAccess } from './map.js'
import { type Reducer, reducerOf, type Running } from './reductions.js'
import { blockLength, RegisterFile } from './registers.js'

/** A stage with its code; `results` has a number for each row of the block at hand. */
interface CompiledStage {
  readonly program: BlockProgram
  readonly reducer: Reducer
  readonly results: Elements
}

interface CompiledRow {
  readonly stages: readonly CompiledStage[]
  readonly perElement: BlockProgram
  readonly perRow: BlockProgram
  /** Positions in the outputs of the structure. */
  readonly elementOutputs: readonly number[]
  readonly rowOutputs: readonly number[]
}

const compiledRows = new WeakMap<RowStructure, CompiledRow>()

const compile = (structure: RowStructure): CompiledRow => {
  const registers = new RegisterFile()
  const positions = structure.outputs.map((_, at) => at)
  const elementOutputs = positions.filter((at) => structure.outputs[at]?.per === 'element')
  const rowOutputs = positions.filter((at) => structure.outputs[at]?.per === 'row')
  const expressionsAt = (outputs: readonly number[]): Expression[] =>
    outputs.map((at) => structure.outputs[at]?.expression as Expression)
  return {
    stages: structure.stages.map(({ reduction, expression }) => {
      const reducer = reducerOf(reduction, expression.dtype)
      return {
        program: compileBlockProgram([expression], registers),
        reducer,
        results: registers.take(reducer.dtype),
      }
    }),
    perElement: compileBlockProgram(expressionsAt(elementOutputs), registers),
    perRow: compileBlockProgram(expressionsAt(rowOutputs), registers),
    elementOutputs,
    rowOutputs,
  }
}

const compiledOf = (structure: RowStructure): CompiledRow => {
  let compiled = compiledRows.get(structure)
  if (compiled === undefined) {
    compiled = compile(structure)
    compiledRows.set(structure, compiled)
  }
  return compiled
}

/** A program together with the walk of its leaves and outputs over a space. */
interface Evaluation {
  readonly program: BlockProgram
  readonly walk: BlockWalk
  readonly inputs: readonly Elements[]
  /** How many consecutive elements share the results of the stages. */
  readonly rowLength: number
}

/** Evaluates a block that lies in rows from the first of `stages[…].results` on. */
const evaluate = (evaluation: Evaluation, stages: readonly CompiledStage[], start: number, length: number): void => {
  const { program, walk, inputs, rowLength } = evaluation
  program.inputs.forEach((leaf, at) => walk.load(at, inputs[leaf.position] as Elements, start, length, leaf.register))
  program.indices.forEach((leaf, at) => walk.addresses(program.inputs.length + at, start, length, leaf.register))
  for (const leaf of program.stages) {
    const results = stages[leaf.position]?.results as Elements
    for (let row = 0, from = 0; from < length; row++, from += rowLength) {
      fillRange(leaf.register, results[row] as number, from, Math.min(from + rowLength, length))
    }
  }
  program.evaluate(length)
}

const storeOutputs = (
  { program, walk }: Evaluation,
  outputs: readonly Elements[],
  start: number,
  length: number,
): void => {
  const first = program.inputs.length + program.indices.length
  outputs.forEach((output, at) => walk.store(first + at, output, start, length, program.results[at] as Elements))
}

/** Runs one index space of a row kernel: for each block of rows the stages in order, then the outputs. */
const runSpace = (
  compiled: CompiledRow,
  space: RowSpace,
  inputs: readonly Elements[],
  outputs: readonly Elements[],
  cells: readonly number[],
): void => {
  const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)
  const keptShape = space.shape.slice(0, space.kept)
  const rows = product(keptShape)
  const rowLength = product(space.shape.slice(space.kept))
  const elementEvaluation = (program: BlockProgram, ownOutputs: readonly number[]): Evaluation => ({
    program,
    inputs,
    rowLength,
    walk: new BlockWalk(space.shape, [
      ...program.inputs.map((leaf) => space.inputs[leaf.position] as Access),
      ...program.indices.map((leaf) => coordinateAccess(leaf.position, space.shape.length)),
      ...ownOutputs.map((at) => space.outputs[at] as Access),
    ]),
  })
  const stages = compiled.stages.map((stage) => ({ ...stage, evaluation: elementEvaluation(stage.program, []) }))
  const perElement = elementEvaluation(compiled.perElement, compiled.elementOutputs)
  const perRow: Evaluation = {
    program: compiled.perRow,
    inputs,
    rowLength: 1,
    walk: new BlockWalk(keptShape, [
      ...compiled.perRow.inputs.map((leaf) => space.inputs[leaf.position] as Access),
      ...compiled.perRow.indices.map((leaf) => coordinateAccess(leaf.position, space.kept)),
      ...compiled.rowOutputs.map((at) => space.outputs[at] as Access),
    ]),
  }
  const elementOutputs = compiled.elementOutputs.map((at) => outputs[at] as Elements)
  const rowOutputs = compiled.rowOutputs.map((at) => outputs[at] as Elements)

  // A block is as many whole rows as fit, or a part of one row.
  const rowsPerBlock = Math.max(1, Math.min(rows, Math.floor(blockLength / Math.max(1, rowLength))))
  const stepLength = Math.min(blockLength, rowsPerBlock * rowLength)
  for (const { program } of [...stages, perElement]) program.begin(cells, rowLength, stepLength)
  perRow.program.begin(cells, rowLength, rowsPerBlock)

  for (let row = 0; row < rows; row += rowsPerBlock) {
    const blockRows = Math.min(rowsPerBlock, rows - row)
    const first = row * rowLength
    const end = first + blockRows * rowLength
    for (const { evaluation, reducer, results, program } of stages) {
      const running = Array.from({ length: blockRows }, (): Running => ({ value: reducer.identity, place: -1 }))
      for (let start = first; start < end; start += stepLength) {
        const length = Math.min(stepLength, end - start)
        evaluate(evaluation, stages, start, length)
        const values = program.results[0] as Elements
        running.forEach((state, at) => {
          const from = at * rowLength
          reducer.accumulate(state, values, from, Math.min(from + rowLength, length), start - first)
        })
      }
      running.forEach((state, at) => {
        results[at] = reducer.givesPlace ? state.place : state.value
      })
    }
    evaluate(perRow, stages, row, blockRows)
    if (elementOutputs.length > 0) {
      for (let start = first; start < end; start += stepLength) {
        const length = Math.min(stepLength, end - start)
        evaluate(perElement, stages, start, length)
        storeOutputs(perElement, elementOutputs, start, length)
      }
    }
    storeOutputs(perRow, rowOutputs, row, blockRows)
  }
}

/**
 * Runs a row kernel: reduces each row by its stages and then maps the rows and their elements.
 *
 * @param kernel - the kernel
 * @param inputs - elements of the inputs, space by space
 * @param outputs - elements of the outputs, space by space
 * @param cells - numbers of the cell slots
 */
export const runRow = (
  kernel: RowKernel,
  inputs: readonly Elements[],
  outputs: readonly Elements[],
  cells: readonly number[],
): void => {
  const compiled = compiledOf(kernel.structure)
  const inputCount = kernel.structure.inputs.length
  const outputCount = kernel.structure.outputs.length
  kernel.spaces.forEach((space, group) => {
    runSpace(
      compiled,
      space,
      inputs.slice(group * inputCount, (group + 1) * inputCount),
      outputs.slice(group * outputCount, (group + 1) * outputCount),
      cells,
    )
  })
}
