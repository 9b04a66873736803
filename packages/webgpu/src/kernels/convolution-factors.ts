import type { ConvolutionKernel } from '@chainrule/tensor'
import { inputMemory } from '../launch.js'
import { type OperandCode, valueType } from '../operand-code.js'
import type { Factor } from './factor.js'
import { namedCodes, readOperand } from './thread-launch.js'

type Direction = ConvolutionKernel['structure']['direction']

/** WGSL of one factor: what a thread knows of a line, and the element of the line at `inner`. */
interface FactorCode {
  /** Statements that end in returning a vec4<u32>, from `batch` (the group) and `outer`. */
  readonly place: readonly string[]
  /** Statements that declare `at` (where the element lies) and `is_inside`, from `place`, `inner` and `exists`. */
  readonly element: readonly string[]
}

/** Splits a flat number into channel and place in the kernel. */
const tapCode = (flat: string): string[] => [
  'let taps = kernel_plane;',
  `let channel = ${flat} / taps;`,
  `let tap = ${flat} % taps;`,
  'let kernel_row = tap / kernel_line;',
  'let kernel_column = tap % kernel_line;',
]

/** Splits a flat number into sample and place in a plane of the output or of the input. */
const placeCode = (flat: string, plane: 'output' | 'input'): string[] => [
  `let plane = ${plane}_plane;`,
  `let sample = ${flat} / plane;`,
  `let row = (${flat} % plane) / ${plane}_line;`,
  `let column = ${flat} % ${plane}_line;`,
]

/** Where the input lies under row and column y, x of a plane, which wrap to huge numbers in the padding above and left. */
const inputElement = (channel: string): string[] => [
  `let at = (${channel} * input_height + y) * input_width + x;`,
  'let is_inside = exists && y < input_height && x < input_width;',
]

const codes: Record<Direction, Record<'a' | 'b', FactorCode>> = {
  forward: {
    a: {
      place: ['return vec4<u32>((batch * args.group_outputs + outer) * args.weight_step);'],
      element: ['let at = place.x + inner;', 'let is_inside = exists;'],
    },
    b: {
      place: [
        ...placeCode('outer', 'output'),
        'let channel = sample * args.input_channels + batch * args.group_inputs;',
        'let y = row * stride_height - padding_height;',
        'let x = column * stride_width - padding_width;',
        'return vec4<u32>(channel, y, x, 0u);',
      ],
      element: [
        ...tapCode('inner'),
        'let y = place.y + kernel_row * dilation_height;',
        'let x = place.z + kernel_column * dilation_width;',
        ...inputElement('(place.x + channel)'),
      ],
    },
  },
  inputGradient: {
    a: {
      place: ['return vec4<u32>(batch * args.group_outputs, outer, 0u, 0u);'],
      element: [
        'let taps = kernel_plane;',
        'let at = (place.x + inner / taps) * args.weight_step + place.y * taps + inner % taps;',
        'let is_inside = exists;',
      ],
    },
    b: {
      place: [
        ...placeCode('outer', 'input'),
        'let channel = sample * args.output_channels + batch * args.group_outputs;',
        'return vec4<u32>(channel, row + padding_height, column + padding_width, 0u);',
      ],
      // The output place that saw the input place through this tap, if there is one.
      element: [
        ...tapCode('inner'),
        'let scaled_row = place.y - kernel_row * dilation_height;',
        'let scaled_column = place.z - kernel_column * dilation_width;',
        'let y = scaled_row / stride_height;',
        'let x = scaled_column / stride_width;',
        'let is_exact = y * stride_height == scaled_row && x * stride_width == scaled_column;',
        'let at = ((place.x + channel) * output_height + y) * output_width + x;',
        'let is_inside = exists && is_exact && y < output_height && x < output_width;',
      ],
    },
  },
  weightGradient: {
    a: {
      place: ['return vec4<u32>(batch * args.group_outputs + outer);'],
      element: [
        'let plane = output_plane;',
        'let at = ((inner / plane) * args.output_channels + place.x) * plane + inner % plane;',
        'let is_inside = exists;',
      ],
    },
    b: {
      place: [
        ...tapCode('outer'),
        'let y = kernel_row * dilation_height - padding_height;',
        'let x = kernel_column * dilation_width - padding_width;',
        'return vec4<u32>(batch * args.group_inputs + channel, y, x, 0u);',
      ],
      element: [
        ...placeCode('inner', 'output'),
        'let y = row * stride_height + place.y;',
        'let x = column * stride_width + place.z;',
        ...inputElement('(sample * args.input_channels + place.x)'),
      ],
    },
  },
}

/** Which operand of the kernel each factor reads. */
const sources: Record<Direction, Record<'a' | 'b', 0 | 1>> = {
  forward: { a: 1, b: 0 },
  inputGradient: { a: 1, b: 0 },
  weightGradient: { a: 0, b: 1 },
}

/**
 * A factor of the product that a convolution is: weights, gradients, or patches that are gathered as they are loaded.
 *
 * @param kernel - the convolution
 * @param name - `a` for rows, `b` for columns of the product
 * @returns the factor
 */
export const convolutionFactor = (kernel: ConvolutionKernel, name: 'a' | 'b'): Factor => {
  const { direction, dtype } = kernel.structure
  const source = sources[direction][name]
  const offset = source === 0 ? 'args.first_offset' : 'args.second_offset'
  const type = valueType(dtype)
  const { place, element } = codes[direction][name]
  const code = (all: readonly OperandCode[]): string =>
    [
      `fn place_of_${name}(batch: u32, outer: u32) -> vec4<u32> {`,
      ...place.map((line) => `  ${line}`),
      '}',
      '',
      `fn load_${name}(place: vec4<u32>, outer: u32, inner: u32, end: u32, whole: bool) -> ${type} {`,
      `  let exists = whole || (outer < args.${name === 'a' ? 'rows' : 'columns'} && inner < end);`,
      ...element.map((line) => `  ${line}`),
      `  return select(${type}(), ${namedCodes(all)(name).load(`${offset} + select(0u, at, is_inside)`)}, is_inside);`,
      '}',
      '',
    ].join('\n')
  return {
    operands: [readOperand(name, inputMemory(source), dtype)],
    fields: [],
    // Places lie side by side; so do the weights of an output channel.
    contiguous: name === 'b' && direction !== 'weightGradient' ? 'outer' : 'inner',
    isVector: false,
    placeType: 'vec4<u32>',
    key: direction,
    code,
  }
}
