import { itemSize, type SortKernel } from '@chainrule/tensor'
import type { KernelCode, Planner } from '../kernel-code.js'
import { ParameterBlock } from './parameter-block.js'
import { entryBytes, sortHead, sortModule, type SortStructure } from './sort-code.js'

const block = new ParameterBlock()
const codes = new Map<string, KernelCode>()

/** Elements of one chunk. */
const chunkElements = 2048

const codeFor = (structure: SortStructure): KernelCode => {
  const key = `sort ${structure.dtype} ${structure.descending}`
  let code = codes.get(key)
  if (code === undefined) {
    code = { key, build: (features) => sortModule(structure, features) }
    codes.set(key, code)
  }
  return code
}

/**
 * Launches of sorts. A line is sorted by one thread, by merging; values are copied from the input by place, so their bits stay
 * what they are.
 *
 * @param kernel - the kernel
 * @returns its plan
 */
export const planSort: Planner<SortKernel> = ({ structure, outer, axis, count, inner, offsets }) => {
  const size = itemSize(structure.dtype)
  const words = block.words(sortHead.bytes / 4)
  const lines = outer * inner
  const linesPerChunk = Math.max(1, Math.floor(chunkElements / Math.max(1, axis)))
  words[sortHead.inputStart / 4] = offsets.input * size
  words[sortHead.valuesStart / 4] = offsets.values * size
  words[sortHead.placesStart / 4] = offsets.places * 4
  words[sortHead.axis / 4] = axis
  words[sortHead.count / 4] = count
  words[sortHead.inner / 4] = inner
  words[sortHead.lines / 4] = lines
  words[sortHead.linesPerChunk / 4] = linesPerChunk
  return {
    code: codeFor(structure),
    parameters: block.bytes(sortHead.bytes / 4),
    cellsAt: 0,
    cellCount: 0,
    phases: [count === 0 ? 0 : Math.ceil(lines / linesPerChunk)],
    scratchBytes: 2 * axis * entryBytes,
    sharedScratchBytes: 0,
    sharedScratchAt: 0,
  }
}
