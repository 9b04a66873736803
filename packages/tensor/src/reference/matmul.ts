import type { MatmulKernel } from '../kernel.js'
import type { Access } from '../view.js'
import { BlockWalk } from './block-walk.js'
import { type Accumulators, type Elements, makeAccumulators } from './elements.js'
import { finishContraction } from './epilogue.js'
import { addMatrixProduct } from './matrix-product.js'

/** Where each matrix of a batch begins, in order. */
const batchOffsets = (batch: readonly number[], access: Access): Int32Array => {
  const walk = new BlockWalk(batch, [access])
  const offsets = new Int32Array(walk.size)
  walk.addresses(0, 0, walk.size, offsets)
  return offsets
}

/** Copies one matrix of an operand into dense accumulators. */
const pack = (source: Elements, access: Access, offset: number, shape: readonly number[], target: Accumulators): void =>
  new BlockWalk(shape, [{ strides: access.strides.slice(-2), offset }]).load(0, source, 0, target.length, target)

/**
 * Runs a batched matrix product: both operands are packed into dense accumulators, multiplied, and finished by the epilogue.
 *
 * @param kernel - the kernel
 * @param inputs - elements of A, of B, and of the operands of the epilogue
 * @param output - elements of C
 * @param cells - numbers of the cell slots
 */
export const runMatmul = (
  kernel: MatmulKernel,
  inputs: readonly Elements[],
  output: Elements,
  cells: readonly number[],
): void => {
  const { batch, rows, columns, inner } = kernel
  const { dtype, epilogue } = kernel.structure
  const [aElements, bElements, ...epilogueInputs] = inputs as readonly [Elements, Elements, ...Elements[]]
  const aOffsets = batchOffsets(batch, kernel.a)
  const bOffsets = batchOffsets(batch, kernel.b)
  const a = makeAccumulators(dtype, rows * inner)
  const b = makeAccumulators(dtype, inner * columns)
  const c = makeAccumulators(dtype, aOffsets.length * rows * columns)
  for (let at = 0; at < aOffsets.length; at++) {
    const aOffset = aOffsets[at] as number
    const bOffset = bOffsets[at] as number
    if (at === 0 || aOffset !== aOffsets[at - 1]) pack(aElements, kernel.a, aOffset, [rows, inner], a)
    if (at === 0 || bOffset !== bOffsets[at - 1]) pack(bElements, kernel.b, bOffset, [inner, columns], b)
    addMatrixProduct(a, b, c, rows, columns, inner, at * rows * columns)
  }
  finishContraction({
    shape: [...batch, rows, columns],
    dtype,
    contraction: c,
    output,
    outputAccess: kernel.output,
    epilogue,
    inputs: epilogueInputs,
    inputAccesses: kernel.epilogueInputs,
    cells,
  })
}
