import type { MapKernel, MapStructure, Space } from '../kernel.js'
import type { Access } from '../view.js'
import { type BlockProgram, compileBlockProgram } from './block-program.js'
import { BlockWalk } from './block-walk.js'
import type { Elements } from './elements.js'
import { blockLength, RegisterFile } from './registers.js'

const programs = new WeakMap<MapStructure, BlockProgram>()

const programOf = (structure: MapStructure): BlockProgram => {
  let program = programs.get(structure)
  if (program === undefined) {
    program = compileBlockProgram(structure.outputs, new RegisterFile())
    programs.set(structure, program)
  }
  return program
}

/**
 * The walk whose addresses are the coordinates along one axis.
 *
 * @param axis - which axis
 * @param rank - how many axes the space has
 * @returns an access with stride 1 along it and 0 along the others
 */
export const coordinateAccess = (axis: number, rank: number): Access => ({
  strides: Array.from({ length: rank }, (_, at) => (at === axis ? 1 : 0)),
  offset: 0,
})

const runSpace = (
  program: BlockProgram,
  space: Space,
  inputs: readonly Elements[],
  outputs: readonly Elements[],
  cells: readonly number[],
): void => {
  const rank = space.shape.length
  const walk = new BlockWalk(space.shape, [
    ...program.inputs.map((leaf) => space.inputs[leaf.position] as Access),
    ...program.indices.map((leaf) => coordinateAccess(leaf.position, rank)),
    ...space.outputs,
  ])
  const firstIndex = program.inputs.length
  const firstOutput = firstIndex + program.indices.length
  program.begin(cells, 1, Math.min(blockLength, walk.size))
  for (let start = 0; start < walk.size; start += blockLength) {
    const length = Math.min(blockLength, walk.size - start)
    program.inputs.forEach((leaf, at) => walk.load(at, inputs[leaf.position] as Elements, start, length, leaf.register))
    program.indices.forEach((leaf, at) => walk.addresses(firstIndex + at, start, length, leaf.register))
    program.evaluate(length)
    // Only now: an output may be an input of another output.
    outputs.forEach((output, at) =>
      walk.store(firstOutput + at, output, start, length, program.results[at] as Elements),
    )
  }
}

/**
 * Runs a map kernel: evaluates its expressions at every place of each of its index spaces.
 *
 * @param kernel - the kernel
 * @param inputs - elements of the inputs, space by space
 * @param outputs - elements of the outputs, space by space
 * @param cells - numbers of the cell slots
 */
export const runMap = (
  kernel: MapKernel,
  inputs: readonly Elements[],
  outputs: readonly Elements[],
  cells: readonly number[],
): void => {
  const program = programOf(kernel.structure)
  const inputCount = kernel.structure.inputs.length
  const outputCount = kernel.structure.outputs.length
  kernel.spaces.forEach((space, group) => {
    runSpace(
      program,
      space,
      inputs.slice(group * inputCount, (group + 1) * inputCount),
      outputs.slice(group * outputCount, (group + 1) * outputCount),
      cells,
    )
  })
}
