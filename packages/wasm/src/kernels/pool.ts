import { itemSize, type PoolKernel } from '@chainrule/tensor'
import type { KernelCode, Planner } from '../kernel-code.js'
import { contractionDType } from './contraction/tile-arithmetic.js'
import { ParameterBlock } from './parameter-block.js'
import { poolModule } from './pool-code.js'
import { poolBytes, type PoolField, poolFieldAt } from './pool/pooling.js'

const block = new ParameterBlock()
const codes = new Map<string, KernelCode>()

/** Taps that a chunk works on: some 30 µs. */
const chunkTaps = 2 ** 15

/** Operations whose units of work are rows of output places; those of the others are planes. */
const worksOnRows = (operation: PoolKernel['structure']['operation']): boolean =>
  operation === 'max' || operation === 'average'

const codeFor = ({ operation, dtype }: PoolKernel['structure']): KernelCode => {
  const key = `pool:${operation}:${dtype}`
  const supported = contractionDType('pool', dtype)
  const code = codes.get(key) ?? { key, build: (features) => poolModule(operation, supported, features) }
  codes.set(key, code)
  return code
}

/** Places from the first that a window sees along an axis to the last. */
const spanOf = ({ kernel, dilation }: PoolKernel['window'], axis: 0 | 1): number => (kernel[axis] - 1) * dilation[axis]

/**
 * Launches of pooling. Values of four neighbouring places are compared at once; sums are taken in float64.
 *
 * @param kernel - the kernel
 * @returns its plan
 */
export const planPool: Planner<PoolKernel> = ({ structure, planes, window, countIncludePad, offsets }) => {
  const itemBytes = itemSize(structure.dtype)
  const { operation } = structure
  const takesChoice = operation === 'maxGradient' || operation === 'maxTake'
  const [outputRows, outputColumns] = window.output
  const taps = takesChoice ? 4 : window.kernel[0] * window.kernel[1]
  const units = planes * (worksOnRows(operation) ? outputRows : 1)
  const unitTaps = taps * outputColumns * (worksOnRows(operation) ? 1 : outputRows)
  const unitsPerChunk = Math.max(1, Math.floor(chunkTaps / Math.max(1, unitTaps)))
  const span = spanOf(window, 1)
  const isApart = ([0, 1] as const).every((axis) => window.stride[axis] > spanOf(window, axis))
  const innerFrom = Math.min(outputColumns, Math.ceil(window.padding[1] / window.stride[1]))
  const innerTo = Math.floor((window.input[1] - 1 - span + window.padding[1]) / window.stride[1]) + 1
  const words = block.words(poolBytes / 4)
  const values: Record<PoolField, number> = {
    firstOffset: (offsets.inputs[0] ?? 0) * itemBytes,
    secondOffset: (offsets.inputs[1] ?? 0) * 4,
    resultOffset: (offsets.outputs[0] ?? 0) * itemBytes,
    choiceOffset: (offsets.outputs[1] ?? 0) * 4,
    inputRows: window.input[0],
    inputColumns: window.input[1],
    outputRows,
    outputColumns,
    kernelRows: window.kernel[0],
    kernelColumns: window.kernel[1],
    strideRows: window.stride[0],
    strideColumns: window.stride[1],
    paddingRows: window.padding[0],
    paddingColumns: window.padding[1],
    dilationRows: window.dilation[0],
    dilationColumns: window.dilation[1],
    countsPadding: countIncludePad ? 1 : 0,
    isApart: isApart ? 1 : 0,
    units,
    unitsPerChunk,
    innerFrom,
    innerTo: Math.max(innerFrom, Math.min(outputColumns, innerTo)),
  }
  for (const [name, value] of Object.entries(values)) words[poolFieldAt(name as PoolField) / 4] = value
  const sums = operation === 'maxGradient' || operation === 'averageGradient'
  return {
    code: codeFor(structure),
    parameters: block.bytes(poolBytes / 4),
    cellsAt: 0,
    cellCount: 0,
    phases: [Math.ceil(units / unitsPerChunk)],
    scratchBytes: sums && !isApart ? 8 * window.input[0] * window.input[1] : 0,
    sharedScratchBytes: 0,
    sharedScratchAt: 0,
  }
}
