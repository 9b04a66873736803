import type {
  ConvolutionKernel,
  DType,
  GatherKernel,
  PoolKernel,
  RandomKernel,
  ScanKernel,
  ScatterAddKernel,
  SortKernel,
} from '@chainrule/tensor'
import { outputShape } from '../kernels/convolution-sizes.js'
import { indexedAxes } from '../normal-space.js'
import { operandsAt, type Part, range, type Splitter } from './part.js'
import { splitSpace, type SpacePart } from './split-space.js'

/** Cuts along one leading axis over which all operands advance evenly; an operand with step 0 is the same for all. */
const splitLeading = (
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

/** Cuts a convolution along the batch; the gradient of the weights sums over it and stays whole. */
export const splitConvolution: Splitter<ConvolutionKernel> = (kernel, limit) => {
  const { structure, batch, inputChannels, outputChannels, window, offsets, epilogueInputs } = kernel
  const { direction, dtype, epilogue } = structure
  const input = inputChannels * window.input[0] * window.input[1]
  const output = outputChannels * window.output[0] * window.output[1]
  const weight = ((outputChannels * inputChannels) / kernel.groups) * window.kernel[0] * window.kernel[1]
  if (direction === 'weightGradient') return undefined
  const [first, result] = direction === 'forward' ? [input, output] : [output, input]
  const usesBatch = epilogue !== undefined && indexedAxes([epilogue.expression]).has(0)
  if (usesBatch) return undefined
  const lengths = epilogueInputs.map(({ strides }) => {
    const shape = outputShape(kernel)
    return strides.slice(1).reduce((sum, stride, axis) => sum + Math.abs(stride) * ((shape[axis + 1] ?? 1) - 1), 1)
  })
  const parts = splitLeading(
    batch,
    [
      { dtype, offset: offsets.inputs[0], step: first, length: first },
      { dtype, offset: offsets.inputs[1], step: 0, length: weight },
      ...epilogueInputs.map(({ offset, strides }, at) => ({
        dtype: epilogue?.inputs[at] ?? dtype,
        offset,
        step: strides[0] ?? 0,
        length: lengths[at] ?? 1,
      })),
      { dtype: epilogue?.expression.dtype ?? dtype, offset: offsets.output, step: result, length: result },
    ],
    limit,
  )
  const count = 2 + epilogueInputs.length
  return parts?.map((part): Part => {
    const offset = (at: number): number => part.accesses[at]?.offset ?? 0
    return {
      kernel: {
        ...kernel,
        batch: part.shape[0] ?? 0,
        offsets: { inputs: [offset(0), offset(1)], output: offset(count) },
        epilogueInputs: epilogueInputs.map((access, at) => ({ ...access, offset: offset(2 + at) })),
      },
      inputs: operandsAt(range(count), part.byteOffsets),
      outputs: operandsAt([0], part.byteOffsets, count),
    }
  })
}

/** Cuts pooling by planes. */
export const splitPool: Splitter<PoolKernel> = (kernel, limit) => {
  const { structure, planes, window, offsets } = kernel
  const { operation, dtype } = structure
  const input = window.input[0] * window.input[1]
  const output = window.output[0] * window.output[1]
  const one = (of: DType, offset: number | undefined, length: number) => ({
    dtype: of,
    offset: offset ?? 0,
    step: length,
    length,
  })
  const choice = (offset: number | undefined) => one('int32', offset, output)
  const sides = {
    max: [[one(dtype, offsets.inputs[0], input)], [one(dtype, offsets.outputs[0], output), choice(offsets.outputs[1])]],
    maxGradient: [
      [one(dtype, offsets.inputs[0], output), choice(offsets.inputs[1])],
      [one(dtype, offsets.outputs[0], input)],
    ],
    maxTake: [
      [one(dtype, offsets.inputs[0], input), choice(offsets.inputs[1])],
      [one(dtype, offsets.outputs[0], output)],
    ],
    average: [[one(dtype, offsets.inputs[0], input)], [one(dtype, offsets.outputs[0], output)]],
    averageGradient: [[one(dtype, offsets.inputs[0], output)], [one(dtype, offsets.outputs[0], input)]],
  } as const
  const [inputs, outputs] = sides[operation]
  return splitLeading(planes, [...inputs, ...outputs], limit)?.map((part): Part => {
    const all = part.accesses.map(({ offset }) => offset)
    return {
      kernel: {
        ...kernel,
        planes: part.shape[0] ?? 0,
        offsets: { inputs: all.slice(0, inputs.length), outputs: all.slice(inputs.length) },
      },
      inputs: operandsAt(range(inputs.length), part.byteOffsets),
      outputs: operandsAt(range(outputs.length), part.byteOffsets, inputs.length),
    }
  })
}

/** Cuts a gather along its outer axis, or by places where one source serves all. */
export const splitGather: Splitter<GatherKernel> = (kernel, limit) => {
  const { structure, outer, axis, count, inner, offsets } = kernel
  const { dtype, mode } = structure
  const indices = mode === 'along' ? count * inner : count
  const operands = [
    { dtype, offset: offsets.source, step: axis * inner, length: axis * inner },
    { dtype: 'int32' as const, offset: offsets.index, step: mode === 'along' ? indices : 0, length: indices },
    { dtype, offset: offsets.output, step: count * inner, length: count * inner },
  ]
  // With one source for all, places can be cut as well.
  const alongCount = mode === 'take' && outer === 1
  const parts = alongCount
    ? splitLeading(
        count,
        [
          { dtype, offset: offsets.source, step: 0, length: axis * inner },
          { dtype: 'int32', offset: offsets.index, step: 1, length: 1 },
          { dtype, offset: offsets.output, step: inner, length: inner },
        ],
        limit,
      )
    : splitLeading(outer, operands, limit)
  return parts?.map((part): Part => {
    const [source = 0, index = 0, output = 0] = part.accesses.map(({ offset }) => offset)
    const size = part.shape[0] ?? 0
    return {
      kernel: { ...kernel, ...(alongCount ? { count: size } : { outer: size }), offsets: { source, index, output } },
      inputs: operandsAt([0, 1], part.byteOffsets),
      outputs: operandsAt([0], part.byteOffsets, 2),
    }
  })
}

/** Cuts a scatter-add along its outer axis. */
export const splitScatterAdd: Splitter<ScatterAddKernel> = (kernel, limit) => {
  const { structure, outer, axis, count, inner, offsets } = kernel
  const { dtype, mode, hasBase } = structure
  const indices = mode === 'along' ? count * inner : count
  const target = { dtype, step: axis * inner, length: axis * inner }
  const parts = splitLeading(
    outer,
    [
      { dtype, offset: offsets.source, step: count * inner, length: count * inner },
      { dtype: 'int32', offset: offsets.index, step: mode === 'along' ? indices : 0, length: indices },
      ...(hasBase ? [{ ...target, offset: offsets.base }] : []),
      { ...target, offset: offsets.output },
    ],
    limit,
  )
  const inputs = hasBase ? 3 : 2
  return parts?.map((part): Part => {
    const [source = 0, index = 0, ...rest] = part.accesses.map(({ offset }) => offset)
    return {
      kernel: {
        ...kernel,
        outer: part.shape[0] ?? 0,
        offsets: { source, index, base: hasBase ? (rest[0] ?? 0) : 0, output: rest.at(-1) ?? 0 },
      },
      inputs: operandsAt(range(inputs), part.byteOffsets),
      outputs: operandsAt([0], part.byteOffsets, inputs),
    }
  })
}

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

/** Cuts a scan by lines. */
export const splitScan: Splitter<ScanKernel> = (kernel, limit) => {
  const { structure, outer, axis, inner, offsets } = kernel
  const line = { dtype: structure.dtype, step: axis * inner, length: axis * inner }
  const parts = splitLeading(
    outer,
    [
      { ...line, offset: offsets.input },
      { ...line, offset: offsets.output },
    ],
    limit,
  )
  return parts?.map((part): Part => {
    const [input = 0, output = 0] = part.accesses.map((access) => access.offset)
    return {
      kernel: { ...kernel, outer: part.shape[0] ?? 0, offsets: { input, output } },
      inputs: operandsAt([0], part.byteOffsets),
      outputs: operandsAt([0], part.byteOffsets, 1),
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
