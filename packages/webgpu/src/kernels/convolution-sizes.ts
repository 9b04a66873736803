import type { ConvolutionKernel, WindowSizes } from '@chainrule/tensor'
import type { ArgumentField } from '../launch.js'
import type { Box } from '../plan-context.js'
import { sizeFields } from './thread-launch.js'
import type { ProductSizes } from './tiles.js'

/** Arguments that the code of a convolution reads besides the sizes of its window. */
export const convolutionFields = (kernel: ConvolutionKernel): ArgumentField[] => [
  ...sizeFields({
    input_channels: kernel.inputChannels,
    output_channels: kernel.outputChannels,
    group_inputs: kernel.inputChannels / kernel.groups,
    group_outputs: kernel.outputChannels / kernel.groups,
    // Weights of one output channel.
    weight_step: (kernel.inputChannels / kernel.groups) * kernel.window.kernel[0] * kernel.window.kernel[1],
    first_offset: kernel.offsets.inputs[0],
    second_offset: kernel.offsets.inputs[1],
    result_offset: kernel.offsets.output,
  }),
]

/**
 * Sizes of a window as constants of the shader, so that the compiler turns the divisions by them, several for each element
 * that is loaded, into multiplications. A network has few different ones. Divisors of axes without elements are 1.
 *
 * @param window - sizes of input, kernel and output, stride, padding and dilation
 * @returns values by name
 */
export const windowConstants = (window: WindowSizes): Readonly<Record<string, number>> =>
  Object.fromEntries(
    (['input', 'kernel', 'output', 'stride', 'padding', 'dilation'] as const).flatMap((name) => {
      const [height, width] = window[name]
      const extent: [string, number][] = [
        [`${name}_height`, height],
        [`${name}_width`, width],
      ]
      const isPlane = name === 'input' || name === 'kernel' || name === 'output'
      if (!isPlane) return extent
      return [...extent, [`${name}_line`, Math.max(1, width)], [`${name}_plane`, Math.max(1, height * width)]]
    }),
  )

/**
 * A convolution as products of matrices, one a group:
 * - forward: weight [O, C·kh·kw] × patches [C·kh·kw, N·oh·ow]
 * - input gradient: weight [C, O·kh·kw] × patches of the output gradient [O·kh·kw, N·h·w]
 * - weight gradient: output gradient [O, N·oh·ow] × patches [N·oh·ow, C·kh·kw]
 *
 * @param kernel - the convolution
 * @param box - the part along [batch, groups, outputs, inputs] of a group; the whole without it
 * @returns sizes of the product
 */
export const productSizes = (kernel: ConvolutionKernel, box?: Box): ProductSizes => {
  const { structure, window } = kernel
  const [batch = 0, groups = 0, outputs = 0, inputs = 0] = box?.shape ?? wholeShape(kernel)
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

const wholeShape = ({ batch, groups, outputChannels, inputChannels }: ConvolutionKernel): readonly number[] => [
  batch,
  groups,
  outputChannels / groups,
  inputChannels / groups,
]

/** Shape of what a part of a convolution stores. */
export const partShape = (kernel: ConvolutionKernel, box?: Box): readonly [number, number, number, number] => {
  const [batch = 0, groups = 0, outputs = 0, inputs = 0] = box?.shape ?? wholeShape(kernel)
  return outputShape({
    ...kernel,
    batch,
    groups,
    outputChannels: groups * outputs,
    inputChannels: groups * inputs,
  })
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
