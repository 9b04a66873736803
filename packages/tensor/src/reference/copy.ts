import type { CopyKernel } from '../kernel.js'
import { BlockWalk } from './block-walk.js'
import { type Elements, makeElements, partOf, supportedDType } from './elements.js'
import { blockLength } from './registers.js'
import { conversions } from './scalar-functions.js'

/**
 * Runs a copy kernel: fills, then copies or adds its pieces in order.
 *
 * @param kernel - the kernel
 * @param inputs - elements of the inputs
 * @param output - elements of the output
 */
export const runCopy = (kernel: CopyKernel, inputs: readonly Elements[], output: Elements): void => {
  const { structure, fill, pieces } = kernel
  if (fill !== undefined) {
    const value = conversions[supportedDType(structure.dtype)](fill.value)
    partOf(output, fill.offset, fill.size).fill(value)
  }
  for (const piece of pieces) {
    const source = inputs[piece.input] as Elements
    const walk = new BlockWalk(piece.shape, [piece.source, piece.target])
    const register = makeElements(structure.dtype, Math.min(blockLength, walk.size))
    for (let start = 0; start < walk.size; start += blockLength) {
      const length = Math.min(blockLength, walk.size - start)
      walk.load(0, source, start, length, register)
      if (structure.accumulate) walk.accumulate(1, output, start, length, register)
      else walk.store(1, output, start, length, register)
    }
  }
}
