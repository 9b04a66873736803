import { itemSize, type ScanKernel } from '@chainrule/tensor'
import type { KernelCode, Planner } from '../kernel-code.js'
import { ParameterBlock } from './parameter-block.js'
import { scanHead, scanModule, type ScanStructure, widest } from './scan-code.js'

const block = new ParameterBlock()
const codes = new Map<string, KernelCode>()

/** Elements of one chunk. */
const chunkElements = 16384

const codeFor = (structure: ScanStructure): KernelCode => {
  const { reduction, dtype, reverse, exclusive } = structure
  const key = `scan ${reduction} ${dtype} ${reverse} ${exclusive}`
  let code = codes.get(key)
  if (code === undefined) {
    code = { key, build: (features) => scanModule(structure, features) }
    codes.set(key, code)
  }
  return code
}

/**
 * Launches of running sums and products. A line is walked from its start to its end by one thread; chunks are groups of
 * lines.
 *
 * @param kernel - the kernel
 * @returns its plan
 */
export const planScan: Planner<ScanKernel> = ({ structure, outer, axis, inner, offsets }) => {
  const size = itemSize(structure.dtype)
  const words = block.words(scanHead.bytes / 4)
  const width = Math.max(1, Math.min(widest, inner))
  const blocks = Math.ceil(inner / width)
  const outerPerChunk = Math.max(1, Math.floor(chunkElements / Math.max(1, axis * width)))
  words[scanHead.inputStart / 4] = offsets.input * size
  words[scanHead.outputStart / 4] = offsets.output * size
  words[scanHead.axis / 4] = axis
  words[scanHead.inner / 4] = inner
  words[scanHead.width / 4] = width
  words[scanHead.blocks / 4] = blocks
  words[scanHead.outer / 4] = outer
  words[scanHead.outerPerChunk / 4] = outerPerChunk
  return {
    code: codeFor(structure),
    parameters: block.bytes(scanHead.bytes / 4),
    cellsAt: 0,
    cellCount: 0,
    phases: [axis === 0 ? 0 : blocks * Math.ceil(outer / outerPerChunk)],
    scratchBytes: widest * 8,
    sharedScratchBytes: 0,
    sharedScratchAt: 0,
  }
}
