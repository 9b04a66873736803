import type { DType, RandomKernel, SortKernel } from '@chainrule/tensor'
import { operandsAt, type Part, range, type Splitter } from './part.js'
import { splitSpace, type SpacePart } from './split-space.js'

/** Cuts along one leading axis over which all operands advance evenly; an operand with step 0 is the same for all. */
export const splitLeading = (
  size: number,
  operands: readonly {
    readonly dtype: DType
    readonly offset: number
    readonly step: number
    readonly length: number
  }[],
  limit: number,
): readonly SpacePart[] | undefined =>
  splitSpace(
    [size],
    // The elements of one step are walked as a second axis, so that extents are whole.
    operands.map(({ dtype, offset, step }) => ({ dtype, access: { strides: [step], offset } })),
    [0],
    limit - Math.max(0, ...operands.map(({ dtype, length }) => length * (dtype === 'bool' ? 1 : 4))),
  )

/** Cuts random numbers into whole Philox blocks, so that each part begins at a counter of its own. */
export const splitRandom: Splitter<RandomKernel> = (kernel, limit) => {
  const { structure, size, offset } = kernel
  const blocks = Math.max(1, Math.floor((limit - 512) / 16))
  return range(Math.ceil(size / 4 / blocks)).map((number): Part => {
    const first = number * blocks * 4
    const byteOffset = Math.floor(((offset + first) * 4) / 256) * 256
    return {
      kernel: {
        kind: 'random',
        structure,
        size: Math.min(blocks * 4, size - first),
        offset: offset + first - byteOffset / 4,
      },
      inputs: [],
      outputs: [{ position: 0, byteOffset }],
      counterShift: number * blocks,
    }
  })
}

/** Cuts a sort by lines. */
export const splitSort: Splitter<SortKernel> = (kernel, limit) => {
  const { structure, outer, axis, count, inner, offsets } = kernel
  const parts = splitLeading(
    outer,
    [
      { dtype: structure.dtype, offset: offsets.input, step: axis * inner, length: axis * inner },
      { dtype: structure.dtype, offset: offsets.values, step: count * inner, length: count * inner },
      { dtype: 'int32', offset: offsets.places, step: count * inner, length: count * inner },
    ],
    limit,
  )
  return parts?.map((part): Part => {
    const [input = 0, values = 0, places = 0] = part.accesses.map(({ offset }) => offset)
    return {
      kernel: { ...kernel, outer: part.shape[0] ?? 0, offsets: { input, values, places } },
      inputs: operandsAt([0], part.byteOffsets),
      outputs: operandsAt([0, 1], part.byteOffsets, 1),
    }
  })
}
