import { type ConvolutionKernel, denseStrides, type DType } from '@chainrule/tensor'
import { outputShape } from '../kernels/convolution-sizes.js'
import { indexedAxes } from '../normal-space.js'
import { accumulatingEpilogue } from './compose-product.js'
import { operandsAt, type Part, range, type Splitter } from './part.js'
import { splitSpace, type WalkedOperand } from './split-space.js'

type Direction = ConvolutionKernel['structure']['direction']

/** Axes of the space that is cut; the elements of planes and of windows follow. */
const [batch, group, outputs, inputs] = [0, 1, 2, 3] as const

/** The axis over which a direction sums, besides places. */
const summed: Record<Direction, number> = { forward: inputs, inputGradient: outputs, weightGradient: batch }

/** Which axes of the space an axis of the output is. */
const outputAxes: Record<Direction, readonly (readonly number[])[]> = {
  forward: [[batch], [group, outputs]],
  inputGradient: [[batch], [group, inputs]],
  weightGradient: [[group, outputs], [inputs]],
}

/**
 * Cuts a convolution along the batch, groups and channels, and where that is not enough along what it sums over: later
 * pieces add to what earlier ones left. Channels of a group are cut only where the group is alone.
 */
export const splitConvolution: Splitter<ConvolutionKernel> = (kernel, limit) => {
  const { structure, groups, window, offsets, epilogueInputs } = kernel
  const { direction, dtype, epilogue } = structure
  const [outputCount, inputCount] = [kernel.outputChannels / groups, kernel.inputChannels / groups]
  const product = ([height, width]: readonly [number, number]): number => height * width
  const [inputPlane, outputPlane, taps] = [window.input, window.output, window.kernel].map(product) as [
    number,
    number,
    number,
  ]
  const [, , height, width] = outputShape(kernel)
  const shape = [kernel.batch, groups, outputCount, inputCount, inputPlane, outputPlane, taps, height, width]
  const walks = {
    input: [kernel.inputChannels * inputPlane, inputCount * inputPlane, 0, inputPlane, 1],
    output: [kernel.outputChannels * outputPlane, outputCount * outputPlane, outputPlane, 0, 0, 1],
    weight: [0, outputCount * inputCount * taps, inputCount * taps, taps, 0, 0, 1],
  }
  const [first, second, target] = (
    {
      forward: ['input', 'weight', 'output'],
      inputGradient: ['output', 'weight', 'input'],
      weightGradient: ['output', 'input', 'weight'],
    } as const
  )[direction]
  const walked = (of: DType, offset: number, strides: readonly number[]): WalkedOperand => ({
    dtype: of,
    access: { strides, offset },
  })
  const groupSizes = [kernel.batch, groups, outputCount, inputCount]
  const epilogueStrides = (strides: readonly number[]): number[] => {
    const steps = shape.map(() => 0)
    outputAxes[direction].forEach((axes, at) => {
      let step = strides[at] ?? 0
      for (const axis of [...axes].reverse()) {
        steps[axis] = step
        step *= groupSizes[axis] ?? 1
      }
    })
    ;[steps[7], steps[8]] = [strides[2] ?? 0, strides[3] ?? 0]
    return steps
  }
  const operands = [
    walked(dtype, offsets.inputs[0], walks[first]),
    walked(dtype, offsets.inputs[1], walks[second]),
    ...epilogueInputs.map(({ strides, offset }, at) =>
      walked(epilogue?.inputs[at] ?? dtype, offset, epilogueStrides(strides)),
    ),
    walked(epilogue?.expression.dtype ?? dtype, offsets.output, walks[target]),
  ]
  const indexed = indexedAxes(epilogue ? [epilogue.expression] : [])
  const fixed = new Set(outputAxes[direction].flatMap((axes, at) => (indexed.has(at) ? axes : [])))
  const free = [batch, group, outputs, inputs].filter((axis) => axis !== summed[direction] && !fixed.has(axis))
  const accumulating = accumulatingEpilogue(structure)
  const parts =
    splitSpace(shape, operands, free, limit) ??
    (accumulating && splitSpace(shape, operands, [...free, summed[direction]], limit))
  const count = operands.length - 1
  return parts?.map((part): Part => {
    const offset = (at: number): number => part.accesses[at]?.offset ?? 0
    const isLater = (part.start[summed[direction]] ?? 0) > 0
    const adds = isLater ? accumulating : undefined
    const outputAccess = { strides: denseStrides(outputShape(kernel)), offset: offset(count) }
    return {
      kernel: {
        ...kernel,
        ...(adds ? { structure: { ...structure, epilogue: adds } } : {}),
        offsets: { inputs: [offset(0), offset(1)], output: offset(count) },
        epilogueInputs: adds
          ? [outputAccess]
          : epilogueInputs.map((access, at) => ({ ...access, offset: offset(2 + at) })),
      },
      box: { start: part.start.slice(0, 4), shape: part.shape.slice(0, 4) },
      inputs: adds
        ? [
            ...operandsAt([0, 1], part.byteOffsets),
            { kind: 'output', position: 0, byteOffset: part.byteOffsets[count] ?? 0 },
          ]
        : operandsAt(range(count), part.byteOffsets),
      outputs: operandsAt([0], part.byteOffsets, count),
    }
  })
}
