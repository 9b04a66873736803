import { applyOne } from '../apply.js'
import { ArgumentError, DTypeError, ShapeError } from '../errors.js'
import type { WindowSizes } from '../kernel.js'
import { type OptionNames, requireOptions } from '../require-options.js'
import { requireTensor } from '../require-tensor.js'
import { showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { add } from './arithmetic.js'
import { pad } from './assembly.js'
import { reshape, squeeze, unsqueeze } from './movement.js'
import { promoteAll } from './promotion.js'

/** One number for both axes, or [height, width]. */
export type Pair = number | readonly [number, number]

/** Options of `conv2d`. */
export interface Conv2dOptions {
  /** [outChannels]. Default none. */
  readonly bias?: Tensor | undefined
  /** Step of the window. Default 1. */
  readonly stride?: Pair
  /** Zeros on both sides; `'same'` keeps the size (stride 1; an odd zero goes behind), `'valid'` is 0. Default 0. */
  readonly padding?: Pair | 'same' | 'valid'
  /** Distance between the taps of the window. Default 1. */
  readonly dilation?: Pair
  /** Groups of channels that do not see each other. Default 1. */
  readonly groups?: number
}

/** Options of `conv1d`. */
export interface Conv1dOptions extends Omit<Conv2dOptions, 'stride' | 'padding' | 'dilation'> {
  /** Step of the window. Default 1. */
  readonly stride?: number
  /** Zeros on both sides; `'same'` keeps the size (stride 1; an odd zero goes behind), `'valid'` is 0. Default 0. */
  readonly padding?: number | 'same' | 'valid'
  /** Distance between the taps of the window. Default 1. */
  readonly dilation?: number
}

const optionNames: OptionNames<Conv2dOptions> = {
  bias: 'place',
  stride: 'place',
  padding: 'place',
  dilation: 'place',
  groups: 'place',
}

/** [height, width] from one number or two, checked. */
export const pairOf = (operation: string, name: string, value: Pair, least: number): readonly [number, number] => {
  const pair: readonly unknown[] = Array.isArray(value) ? value : [value, value]
  const [height, width] = pair as readonly [number, number]
  if (pair.length !== 2 || ![height, width].every((size) => Number.isInteger(size) && size >= least)) {
    throw new ArgumentError(`${operation}: got ${name} ${String(value)}, expected whole numbers of at least ${least}.`)
  }
  return [height, width]
}

/** Sizes of a window sliding over an input, checked; in ceil mode a last one may overhang if it begins before the far border. */
export const windowOf = (
  operation: string,
  input: readonly [number, number],
  kernel: readonly [number, number],
  stride: readonly [number, number],
  padding: readonly [number, number],
  dilation: readonly [number, number],
  ceilMode = false,
): WindowSizes => {
  const along = (axis: 0 | 1): number => {
    const steps = (input[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]
    const next = Math.floor(steps) + 1
    return ceilMode && !Number.isInteger(steps) && next * stride[axis] < input[axis] + padding[axis] ? next + 1 : next
  }
  const output = [along(0), along(1)] as const
  if (output[0] < 1 || output[1] < 1) {
    throw new ShapeError(
      `${operation}: got an input of ${input.join(' × ')} for a window of ${kernel.join(' × ')} (padding ${padding.join(', ')}, ` +
        `dilation ${dilation.join(', ')}), expected the window to fit. Pad more or use a smaller window.`,
    )
  }
  return { input, kernel, output, stride, padding, dilation }
}

/** Zeros before and after along an axis. */
type Border = readonly [before: number, after: number]

/** Borders along height and width; `'same'` puts an odd zero behind, as PyTorch. */
const bordersOf = (
  operation: string,
  padding: Pair | 'same' | 'valid',
  kernel: readonly [number, number],
  stride: readonly [number, number],
  dilation: readonly [number, number],
): readonly [Border, Border] => {
  if (padding !== 'same') {
    const [height, width] = padding === 'valid' ? [0, 0] : pairOf(operation, 'padding', padding, 0)
    return [
      [height, height],
      [width, width],
    ]
  }
  if (stride[0] !== 1 || stride[1] !== 1) {
    throw new ArgumentError(
      `${operation}: got padding 'same' with stride ${stride.join(', ')}, expected stride 1. Pass the padding in numbers.`,
    )
  }
  const border = (axis: 0 | 1): Border => {
    const total = dilation[axis] * (kernel[axis] - 1)
    return [Math.floor(total / 2), Math.ceil(total / 2)]
  }
  return [border(0), border(1)]
}

/** The convolution behind `conv1d` and `conv2d`, on [N, C, H, W]; `shapes` describes the operands as they were given. */
const convolve = (operation: string, x: Tensor, weight: Tensor, options: Conv2dOptions, shapes: string): Tensor => {
  const { bias, groups = 1 } = options
  const [, channels = 0, height = 0, width = 0] = x.shape
  const [outputs = 0, perGroup = 0, kernelHeight = 0, kernelWidth = 0] = weight.shape
  if (!Number.isInteger(groups) || groups < 1 || outputs % groups !== 0 || perGroup * groups !== channels) {
    throw new ShapeError(
      `${operation}: got ${shapes}, groups ${groups}, expected inChannels = ${perGroup} × groups and groups to divide outChannels ${outputs}. ` +
        `Check the previous layer's outChannels (${channels}).`,
    )
  }
  if (kernelHeight < 1 || kernelWidth < 1) {
    throw new ShapeError(`${operation}: got ${shapes}, expected a window of at least one tap. Check kernelSize.`)
  }
  if (bias !== undefined && (bias.rank !== 1 || bias.shape[0] !== outputs)) {
    throw new ShapeError(`${operation}: got a bias of ${showShape(bias.shape)}, expected [${outputs}].`)
  }
  if (x.dtype === 'bool' && weight.dtype === 'bool') {
    throw new DTypeError(`${operation}: got bool operands, expected numbers. Convert with .to('float32').`)
  }
  const kernel = [kernelHeight, kernelWidth] as const
  const stride = pairOf(operation, 'stride', options.stride ?? 1, 1)
  const dilation = pairOf(operation, 'dilation', options.dilation ?? 1, 1)
  const [rows, columns] = bordersOf(operation, options.padding ?? 0, kernel, stride, dilation)
  // The window pads both sides alike; what one side has more is padded before.
  const uneven = [rows[1] - rows[0], columns[1] - columns[0]] as const
  const input =
    uneven[0] + uneven[1] === 0
      ? x
      : pad(x, [
          [0, 0],
          [0, 0],
          [0, uneven[0]],
          [0, uneven[1]],
        ])
  const window = windowOf(
    operation,
    [height + uneven[0], width + uneven[1]],
    kernel,
    stride,
    [rows[0], columns[0]],
    dilation,
  )
  const product = applyOne('convolution', promoteAll([input, weight]), {
    direction: 'forward',
    inputShape: input.shape,
    weightShape: weight.shape,
    groups,
    window,
  })
  return bias === undefined ? product : add(product, reshape(bias, [1, outputs, 1, 1]))
}

/**
 * 2-D convolution (cross-correlation, as in every framework): each output channel is the sum over its window of the input
 * times its weights.
 *
 * @param x - [N, inChannels, H, W], or without N
 * @param weight - [outChannels, inChannels / groups, kH, kW]
 * @param options - `bias`, `stride`, `padding`, `dilation`, `groups`
 * @returns [N, outChannels, oH, oW], o = ⌊(size + 2 padding − dilation (k − 1) − 1) / stride⌋ + 1
 * @throws ShapeError when channels do not fit or the window is larger than the input
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
 *
 * @example
 * ```ts
 * import { conv2d, ones } from '@chainrule/tensor'
 * console.log(conv2d(ones([1, 1, 5, 5]), ones([2, 1, 3, 3]), { padding: 1 }).shape) // [1, 2, 5, 5]
 * ```
 */
export const conv2d = (x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor => {
  requireOptions('conv2d', [options], 2, optionNames)
  requireTensor('conv2d', x)
  requireTensor('conv2d', weight)
  if (x.rank === 3) return squeeze(conv2d(unsqueeze(x, 0), weight, options), 0)
  const shapes = `input ${showShape(x.shape)}, weight ${showShape(weight.shape)}`
  if (x.rank !== 4 || weight.rank !== 4) {
    throw new ShapeError(`conv2d: got ${shapes}, expected [N, C, H, W] and [out, C / groups, kH, kW].`)
  }
  return convolve('conv2d', x, weight, options, shapes)
}

/**
 * 1-D convolution (cross-correlation); see `conv2d`.
 *
 * @param x - [N, inChannels, L], or without N
 * @param weight - [outChannels, inChannels / groups, k]
 * @param options - `bias`, `stride`, `padding`, `dilation`, `groups`
 * @returns [N, outChannels, oL]
 * @throws ShapeError when channels do not fit or the window is larger than the input
 *
 * @example
 * ```ts
 * import { conv1d, tensor } from '@chainrule/tensor'
 * const y = conv1d(tensor([[[1, 2, 3]]]), tensor([[[1, 1]]]))
 * console.log(y.toString()) // tensor([[[3, 5]]], float32)
 * ```
 */
export const conv1d = (x: Tensor, weight: Tensor, options: Conv1dOptions = {}): Tensor => {
  requireOptions('conv1d', [options], 2, optionNames)
  requireTensor('conv1d', x)
  requireTensor('conv1d', weight)
  if (x.rank === 2) return squeeze(conv1d(unsqueeze(x, 0), weight, options), 0)
  const shapes = `input ${showShape(x.shape)}, weight ${showShape(weight.shape)}`
  if (x.rank !== 3 || weight.rank !== 3) {
    throw new ShapeError(`conv1d: got ${shapes}, expected [N, C, L] and [out, C / groups, k].`)
  }
  const { stride = 1, padding = 0, dilation = 1, bias, groups = 1 } = options
  const wide: Conv2dOptions = {
    bias,
    groups,
    stride: [1, pairOf('conv1d', 'stride', stride, 1)[1]],
    padding: typeof padding === 'number' ? [0, pairOf('conv1d', 'padding', padding, 0)[1]] : padding,
    dilation: [1, pairOf('conv1d', 'dilation', dilation, 1)[1]],
  }
  return squeeze(convolve('conv1d', unsqueeze(x, 2), unsqueeze(weight, 2), wide, shapes), 2)
}
