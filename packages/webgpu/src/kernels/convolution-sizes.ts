import type { ConvolutionKernel } from '@chainrule/tensor'
import type { ArgumentField } from '../launch.js'
import { windowFields } from './pool.js'
import { sizeFields } from './thread-launch.js'
import type { ProductSizes } from './tiles.js'

/** Arguments that the code of a convolution reads besides those of its window. */
export const convolutionFields = (kernel: ConvolutionKernel): ArgumentField[] => [
  ...sizeFields({
    input_channels: kernel.inputChannels,
    output_channels: kernel.outputChannels,
    group_inputs: kernel.inputChannels / kernel.groups,
    group_outputs: kernel.outputChannels / kernel.groups,
    first_offset: kernel.offsets.inputs[0],
    second_offset: kernel.offsets.inputs[1],
    result_offset: kernel.offsets.output,
  }),
  ...windowFields(kernel.window),
]

/**
 * A convolution as products of matrices, one a group:
 * - forward: weight [O, C·kh·kw] × patches [C·kh·kw, N·oh·ow]
 * - input gradient: weight [C, O·kh·kw] × patches of the output gradient [O·kh·kw, N·h·w]
 * - weight gradient: output gradient [O, N·oh·ow] × patches [N·oh·ow, C·kh·kw]
 *
 * @param kernel - the convolution
 * @returns sizes of the product
 */
export const productSizes = ({
  structure,
  batch,
  inputChannels,
  outputChannels,
  groups,
  window,
}: ConvolutionKernel): ProductSizes => {
  const inputs = inputChannels / groups
  const outputs = outputChannels / groups
  const taps = window.kernel[0] * window.kernel[1]
  const places = window.output[0] * window.output[1]
  switch (structure.direction) {
    case 'forward':
      return { batch: groups, rows: outputs, columns: batch * places, inner: inputs * taps }
    case 'inputGradient':
      return { batch: groups, rows: inputs, columns: batch * window.input[0] * window.input[1], inner: outputs * taps }
    case 'weightGradient':
      return { batch: groups, rows: outputs, columns: inputs * taps, inner: batch * places }
  }
}

/** Shape of the output, over whose axes the operands of an epilogue are walked. */
export const outputShape = ({
  structure,
  batch,
  inputChannels,
  outputChannels,
  groups,
  window,
}: ConvolutionKernel): readonly [number, number, number, number] => {
  switch (structure.direction) {
    case 'forward':
      return [batch, outputChannels, ...window.output]
    case 'inputGradient':
      return [batch, inputChannels, ...window.input]
    case 'weightGradient':
      return [outputChannels, inputChannels / groups, ...window.kernel]
  }
}
