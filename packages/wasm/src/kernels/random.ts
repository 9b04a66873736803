import { itemSize, type RandomKernel } from '@chainrule/tensor'
import type { KernelCode, Planner } from '../kernel-code.js'
import { ParameterBlock } from './parameter-block.js'
import type { RandomStructure } from './distributions.js'
import { chunkElements, pieceElements, randomHead, randomModule } from './random-code.js'

const block = new ParameterBlock()
const codes = new Map<string, KernelCode>()

const codeFor = (structure: RandomStructure): KernelCode => {
  const key = `random ${structure.distribution} ${structure.dtype}`
  let code = codes.get(key)
  if (code === undefined) {
    code = { key, build: (features) => randomModule(structure, features) }
    codes.set(key, code)
  }
  return code
}

/**
 * Launches of random numbers. The counter of a block follows from its place, so chunks need nothing from each other.
 *
 * @param kernel - the kernel
 * @returns its plan
 */
export const planRandom: Planner<RandomKernel> = ({ structure, size, offset }) => {
  const parameters = block.words(randomHead.bytes / 4)
  parameters[randomHead.start / 4] = offset * itemSize(structure.dtype)
  parameters[randomHead.size / 4] = size
  return {
    code: codeFor(structure),
    parameters: block.bytes(randomHead.bytes / 4),
    cellsAt: randomHead.cells,
    cellCount: structure.distribution === 'integers' ? 4 : 2,
    phases: [Math.ceil(size / chunkElements)],
    scratchBytes: pieceElements * 8 + 64,
    sharedScratchBytes: 0,
    sharedScratchAt: 0,
  }
}
