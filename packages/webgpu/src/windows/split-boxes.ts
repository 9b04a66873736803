import type { DType, GatherKernel, ScanKernel, ScatterAddKernel } from '@chainrule/tensor'
import { operandsAt, type Part, range, type Splitter } from './part.js'
import { splitSpace, type WalkedOperand } from './split-space.js'

const walked = (dtype: DType, offset: number, ...strides: readonly number[]): WalkedOperand => ({
  dtype,
  access: { strides, offset },
})

/** Steps of the operands of a gather or scatter-add along [outer, axis, count, inner]. */
const steps = ({ structure, axis, count, inner }: GatherKernel | ScatterAddKernel) => ({
  table: [axis * inner, inner, 0, 1],
  index: structure.mode === 'along' ? [count * inner, 0, inner, 1] : [0, 0, 1, 0],
  list: [count * inner, 0, inner, 1],
})

/** Cuts a gather along any axis; a part copies the elements whose index lies in its window of the source. */
export const splitGather: Splitter<GatherKernel> = (kernel, limit) => {
  const { structure, outer, axis, count, inner, offsets } = kernel
  const { table, index, list } = steps(kernel)
  const operands = [
    walked(structure.dtype, offsets.source, ...table),
    walked('int32', offsets.index, ...index),
    walked(structure.dtype, offsets.output, ...list),
  ]
  return splitSpace([outer, Math.max(1, axis), count, inner], operands, range(4), limit)?.map((part): Part => {
    const [source = 0, places = 0, output = 0] = part.accesses.map(({ offset }) => offset)
    return {
      kernel: { ...kernel, offsets: { source, index: places, output } },
      box: part,
      inputs: operandsAt([0, 1], part.byteOffsets),
      outputs: operandsAt([0], part.byteOffsets, 2),
    }
  })
}

/** Indices are sorted as pairs of key and place, padded to a power of two: up to four words each. */
const sortedWords = 4

/** Cuts a scatter-add along any axis; a part adds the elements whose index lies in its window of the output. */
export const splitScatterAdd: Splitter<ScatterAddKernel> = (kernel, limit) => {
  const { structure, outer, axis, count, inner, offsets } = kernel
  const { dtype, mode, hasBase } = structure
  const { table, index, list } = steps(kernel)
  const operands = [
    walked(dtype, offsets.source, ...list),
    walked('int32', offsets.index, ...index),
    ...(hasBase ? [walked(dtype, offsets.base, ...table)] : []),
    walked(dtype, offsets.output, ...table),
    ...(mode === 'take' ? [walked('int32', 0, 0, 0, sortedWords, 0)] : []),
  ]
  const inputs = hasBase ? 3 : 2
  // Without indices the output is still to be written.
  const shape = [outer, axis, Math.max(1, count), inner]
  return splitSpace(shape, operands, range(4), limit)?.map((part): Part => {
    const [source = 0, places = 0, third = 0, fourth = 0] = part.accesses.map(({ offset }) => offset)
    return {
      kernel: {
        ...kernel,
        offsets: { source, index: places, base: hasBase ? third : 0, output: hasBase ? fourth : third },
      },
      box: { start: part.start, shape: part.shape.map((size, at) => (at === 2 ? Math.min(size, count) : size)) },
      inputs: operandsAt(range(inputs), part.byteOffsets),
      outputs: operandsAt([0], part.byteOffsets, inputs),
    }
  })
}

/** Cuts a scan by lines, and lines into pieces that follow each other. */
export const splitScan: Splitter<ScanKernel> = (kernel, limit) => {
  const { structure, outer, axis, inner, offsets } = kernel
  const strides = [axis * inner, inner, 1]
  const operands = [
    walked(structure.dtype, offsets.input, ...strides),
    walked(structure.dtype, offsets.output, ...strides),
    walked('int32', 0, inner, 0, 1),
  ]
  const parts = splitSpace([outer, axis, inner], operands, range(3), limit)?.map((part): Part => {
    const [input = 0, output = 0, carryOffset = 0] = part.accesses.map(({ offset }) => offset)
    return {
      kernel: { ...kernel, offsets: { input, output } },
      box: { start: part.start, shape: part.shape, carryOffset },
      inputs: operandsAt([0], part.byteOffsets),
      outputs: operandsAt([0], part.byteOffsets, 1),
      scratch: operandsAt([0], part.byteOffsets, 2),
    }
  })
  const along = (part: Part): number => (structure.reverse ? -1 : 1) * (part.box?.start[1] ?? 0)
  return parts && [...parts].sort((left, right) => along(left) - along(right))
}
