import type { ConvolutionKernel } from '../kernel.js'
import { type Accumulators, type Elements, makeAccumulators, partOf } from './elements.js'
import { denseAccess, finishContraction } from './epilogue.js'
import { addMatrixProduct } from './matrix-product.js'
import { type WindowRun, windowRuns } from './window.js'

/** Sizes of one group of one sample: its convolution is a product of matrices. */
interface Geometry {
  readonly kernel: ConvolutionKernel
  readonly runs: readonly WindowRun[]
  /** Elements of an input plane, of an output plane, and of the kernel. */
  readonly inputPlane: number
  readonly outputPlane: number
  readonly taps: number
  /** Input and output channels of a group. */
  readonly inputs: number
  readonly outputs: number
  /** inputs · taps: the inner axis of the forward product. */
  readonly patch: number
}

const geometryOf = (kernel: ConvolutionKernel): Geometry => {
  const { window, groups, inputChannels, outputChannels } = kernel
  const taps = window.kernel[0] * window.kernel[1]
  const inputs = inputChannels / groups
  return {
    kernel,
    runs: windowRuns(window),
    inputPlane: window.input[0] * window.input[1],
    outputPlane: window.output[0] * window.output[1],
    taps,
    inputs,
    outputs: outputChannels / groups,
    patch: inputs * taps,
  }
}

/** Calls back for each run of each input channel of a group: where it is in the patches and in the input planes. */
const forEachRun = (
  { runs, inputs, taps, inputPlane }: Geometry,
  visit: (patchRow: number, run: WindowRun, firstInput: number) => void,
): void => {
  for (let channel = 0; channel < inputs; channel++) {
    for (const run of runs) visit(channel * taps + run.tap, run, channel * inputPlane + run.input)
  }
}

/** Lays out what each output place sees of the input as [patch, output places], zeros where it sees padding. */
const unfold = (geometry: Geometry, input: Accumulators, first: number, patches: Accumulators): void => {
  const step = geometry.kernel.window.stride[1]
  patches.fill(0)
  forEachRun(geometry, (patchRow, run, firstInput) => {
    let to = patchRow * geometry.outputPlane + run.output
    let from = first + firstInput
    for (let i = 0; i < run.count; i++, from += step) patches[to++] = input[from] as number
  })
}

/** The adjoint of {@link unfold}: adds patches to the places of the input that they were seen at. */
const fold = (geometry: Geometry, patches: Accumulators, input: Accumulators, first: number): void => {
  const step = geometry.kernel.window.stride[1]
  forEachRun(geometry, (patchRow, run, firstInput) => {
    let from = patchRow * geometry.outputPlane + run.output
    let to = first + firstInput
    for (let i = 0; i < run.count; i++, to += step) input[to] = (input[to] as number) + (patches[from++] as number)
  })
}

/** A copy of a dense [rows, columns] matrix as [columns, rows]. */
const transpose = (matrix: Accumulators, rows: number, columns: number, target: Accumulators): void => {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) target[j * rows + i] = matrix[i * columns + j] as number
  }
}

/** Adds the contraction of one group of one sample to the sums; `first` and `second` are the operands of the kernel. */
type GroupContraction = (
  geometry: Geometry,
  first: Accumulators,
  second: Accumulators,
  sums: Accumulators,
  sample: number,
  group: number,
) => void

const patchesOf = ({ kernel, patch, outputPlane }: Geometry): Accumulators =>
  makeAccumulators(kernel.structure.dtype, patch * outputPlane)

/** Where the planes and the weights of a group begin. */
const starts = (geometry: Geometry, sample: number, group: number) => {
  const { kernel, inputs, outputs, inputPlane, outputPlane, patch } = geometry
  return {
    input: (sample * kernel.inputChannels + group * inputs) * inputPlane,
    output: (sample * kernel.outputChannels + group * outputs) * outputPlane,
    weight: group * outputs * patch,
  }
}

/** output = weight [outputs, patch] · patches [patch, places] */
const forward: GroupContraction = (geometry, input, weight, sums, sample, group) => {
  const { outputs, outputPlane, patch } = geometry
  const at = starts(geometry, sample, group)
  const patches = patchesOf(geometry)
  unfold(geometry, input, at.input, patches)
  const ownWeight = partOf(weight, at.weight, outputs * patch)
  addMatrixProduct(ownWeight, patches, sums, outputs, outputPlane, patch, at.output)
}

/** input gradient = fold(weightᵀ [patch, outputs] · output gradient [outputs, places]) */
const inputGradient: GroupContraction = (geometry, gradient, weight, sums, sample, group) => {
  const { kernel, outputs, outputPlane, patch } = geometry
  const at = starts(geometry, sample, group)
  const patches = patchesOf(geometry)
  const transposed = makeAccumulators(kernel.structure.dtype, outputs * patch)
  transpose(partOf(weight, at.weight, outputs * patch), outputs, patch, transposed)
  const ownGradient = partOf(gradient, at.output, outputs * outputPlane)
  addMatrixProduct(transposed, ownGradient, patches, patch, outputPlane, outputs, 0)
  fold(geometry, patches, sums, at.input)
}

/** weight gradient = Σ over samples of output gradient [outputs, places] · patchesᵀ [places, patch] */
const weightGradient: GroupContraction = (geometry, gradient, input, sums, sample, group) => {
  const { kernel, outputs, outputPlane, patch } = geometry
  const at = starts(geometry, sample, group)
  const patches = patchesOf(geometry)
  const transposed = makeAccumulators(kernel.structure.dtype, outputPlane * patch)
  unfold(geometry, input, at.input, patches)
  transpose(patches, patch, outputPlane, transposed)
  const ownGradient = partOf(gradient, at.output, outputs * outputPlane)
  addMatrixProduct(ownGradient, transposed, sums, outputs, patch, outputPlane, at.weight)
}

const contractions: Record<ConvolutionKernel['structure']['direction'], GroupContraction> = {
  forward,
  inputGradient,
  weightGradient,
}

/**
 * Runs a convolution kernel in any of its directions, as products of matrices over unfolded patches. Padding takes part
 * as zeros, so an infinite weight over it gives NaN.
 *
 * @param kernel - the kernel
 * @param inputs - elements of the two operands, and of the operands of the epilogue
 * @param output - elements of the output
 * @param cells - numbers of the cell slots
 */
export const runConvolution = (
  kernel: ConvolutionKernel,
  inputs: readonly Elements[],
  output: Elements,
  cells: readonly number[],
): void => {
  const { structure, batch, groups, inputChannels, outputChannels, window, offsets } = kernel
  const { direction, dtype, epilogue } = structure
  const geometry = geometryOf(kernel)
  const shapes = {
    input: [batch, inputChannels, ...window.input],
    weight: [outputChannels, geometry.inputs, ...window.kernel],
    output: [batch, outputChannels, ...window.output],
  }
  const [firstShape, secondShape, shape] = {
    forward: [shapes.input, shapes.weight, shapes.output] as const,
    inputGradient: [shapes.output, shapes.weight, shapes.input] as const,
    weightGradient: [shapes.output, shapes.input, shapes.weight] as const,
  }[direction]
  const sizeOf = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)
  const operandAt = (at: 0 | 1, sizes: readonly number[]): Accumulators => {
    const operand = makeAccumulators(dtype, sizeOf(sizes))
    operand.set(partOf(inputs[at] as Elements, offsets.inputs[at], operand.length))
    return operand
  }
  const first = operandAt(0, firstShape)
  const second = operandAt(1, secondShape)
  const sums = makeAccumulators(dtype, sizeOf(shape))
  for (let sample = 0; sample < batch; sample++) {
    for (let group = 0; group < groups; group++) {
      contractions[direction](geometry, first, second, sums, sample, group)
    }
  }
  finishContraction({
    shape,
    dtype,
    contraction: sums,
    output,
    outputAccess: denseAccess(shape, offsets.output),
    epilogue,
    inputs: inputs.slice(2),
    inputAccesses: kernel.epilogueInputs,
    cells,
  })
}
