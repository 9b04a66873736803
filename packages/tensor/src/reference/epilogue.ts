import type { DType } from '../dtype.js'
import type { Epilogue } from '../kernel.js'
import type { Access } from '../view.js'
import { type BlockProgram, compileBlockProgram } from './block-program.js'
import { BlockWalk } from './block-walk.js'
import { type Accumulators, type Elements, makeElements } from './elements.js'
import { coordinateAccess } from './map.js'
import { blockLength, RegisterFile } from './registers.js'

const programs = new WeakMap<Epilogue, BlockProgram>()

const programOf = (epilogue: Epilogue): BlockProgram => {
  let program = programs.get(epilogue)
  if (program === undefined) {
    program = compileBlockProgram([epilogue.expression], new RegisterFile())
    programs.set(epilogue, program)
  }
  return program
}

/**
 * Strides of a row-major tensor without gaps.
 *
 * @param shape - its sizes
 * @param offset - elements before the first one
 * @returns how it is walked over its own shape
 */
export const denseAccess = (shape: readonly number[], offset: number): Access => {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis] as number
  }
  return { strides, offset }
}

/** What a contraction came to, and where it is to go. */
export interface ContractionResult {
  /** Shape of the output. */
  readonly shape: readonly number[]
  /** Dtype that the contraction is rounded to, before the epilogue. */
  readonly dtype: DType
  /** The contraction, row-major. */
  readonly contraction: Accumulators
  readonly output: Elements
  readonly outputAccess: Access
  readonly epilogue: Epilogue | undefined
  /** Operands of the epilogue and how they are walked over the shape. */
  readonly inputs: readonly Elements[]
  readonly inputAccesses: readonly Access[]
  readonly cells: readonly number[]
}

const contractionRegisters = new Map<DType, Elements>()

/**
 * Rounds a contraction to its dtype, applies the epilogue where there is one, and stores the outcome.
 *
 * @param result - the contraction and its surroundings
 */
export const finishContraction = (result: ContractionResult): void => {
  const { shape, dtype, contraction, output, outputAccess, epilogue, inputs, inputAccesses, cells } = result
  if (epilogue === undefined) {
    const walk = new BlockWalk(shape, [denseAccess(shape, 0), outputAccess])
    let register = contractionRegisters.get(dtype)
    if (register === undefined) contractionRegisters.set(dtype, (register = makeElements(dtype, blockLength)))
    for (let start = 0; start < walk.size; start += blockLength) {
      const length = Math.min(blockLength, walk.size - start)
      walk.load(0, contraction, start, length, register)
      walk.store(1, output, start, length, register)
    }
    return
  }
  const program = programOf(epilogue)
  const walk = new BlockWalk(shape, [
    denseAccess(shape, 0),
    outputAccess,
    ...program.inputs.map((leaf) => inputAccesses[leaf.position] as Access),
    ...program.indices.map((leaf) => coordinateAccess(leaf.position, shape.length)),
  ])
  program.begin(cells, 1, Math.min(blockLength, walk.size))
  for (let start = 0; start < walk.size; start += blockLength) {
    const length = Math.min(blockLength, walk.size - start)
    for (const leaf of program.stages) walk.load(0, contraction, start, length, leaf.register)
    program.inputs.forEach((leaf, at) =>
      walk.load(2 + at, inputs[leaf.position] as Elements, start, length, leaf.register),
    )
    program.indices.forEach((leaf, at) => walk.addresses(2 + program.inputs.length + at, start, length, leaf.register))
    program.evaluate(length)
    walk.store(1, output, start, length, program.results[0] as Elements)
  }
}
