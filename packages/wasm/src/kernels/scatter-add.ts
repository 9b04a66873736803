import { itemSize, type ScatterAddKernel } from '@chainrule/tensor'
import type { KernelCode, Planner } from '../kernel-code.js'
import { indexFault } from './index-fault.js'
import { ParameterBlock } from './parameter-block.js'
import { scatterHead, scatterModule, type ScatterStructure } from './scatter-add-code.js'

const block = new ParameterBlock()
const codes = new Map<string, KernelCode>()

/** Most ranges that the places of an axis are divided into; each reads the whole index. */
const mostRanges = 32

/** Elements of the source that make another range worth its reading of the index. */
const rangeElements = 16384

const codeFor = (structure: ScatterStructure): KernelCode => {
  const key = `scatterAdd ${structure.mode} ${structure.dtype} ${structure.hasBase}`
  let code = codes.get(key)
  if (code === undefined) {
    code = { key, build: (features) => scatterModule(structure, features) }
    codes.set(key, code)
  }
  return code
}

const fault = indexFault('scatterAdd', scatterHead.fault, scatterHead.axis)

/**
 * Launches of scatter-adds. A chunk owns a range of places of the axis and adds to them what the index sends there, in the
 * order of the index: no two threads meet, and results do not depend on how chunks are shared out.
 *
 * @param kernel - the kernel
 * @returns its plan
 */
export const planScatterAdd: Planner<ScatterAddKernel> = ({ structure, outer, axis, count, inner, offsets }) => {
  const size = itemSize(structure.dtype)
  const operands = structure.hasBase ? 4 : 3
  const length = scatterHead.operands / 4 + operands
  const words = block.words(length)
  const wanted = Math.ceil((Math.max(count, axis) * inner) / rangeElements)
  const placesPerChunk = Math.max(1, Math.ceil(axis / Math.max(1, Math.min(mostRanges, wanted))))
  const ranges = Math.max(1, Math.ceil(axis / placesPerChunk))
  words[scatterHead.axis / 4] = axis
  words[scatterHead.count / 4] = count
  words[scatterHead.inner / 4] = inner
  words[scatterHead.sourceStart / 4] = offsets.source * size
  words[scatterHead.indexStart / 4] = offsets.index * 4
  words[scatterHead.baseStart / 4] = offsets.base * size
  words[scatterHead.outputStart / 4] = offsets.output * size
  words[scatterHead.placesPerChunk / 4] = placesPerChunk
  words[scatterHead.ranges / 4] = ranges
  return {
    code: codeFor(structure),
    parameters: block.bytes(length),
    operandsAt: scatterHead.operands,
    cellsAt: 0,
    cellCount: 0,
    phases: [inner === 0 ? 0 : outer * ranges],
    scratchBytes: 0,
    sharedScratchBytes: 0,
    sharedScratchAt: 0,
    fault,
  }
}
