import type { Parameter } from '@chainrule/autograd'
import { conv1d, type Conv1dOptions, type CreationOptions, requireOptions, type Tensor } from '@chainrule/tensor'
import { Module } from '../module/module.js'
import { layerOptionNames } from './layer-option-names.js'
import { makeKernels } from './make-kernels.js'

/** Options of `Conv1d`. */
export interface Conv1dLayerOptions extends CreationOptions, Omit<Conv1dOptions, 'bias'> {
  /** Whether to add a bias. Default true. */
  readonly bias?: boolean
}

/**
 * 1-D convolution (cross-correlation) over [N, inChannels, L]. Weight and bias begin uniform within
 * ±1/√(inChannels / groups · window).
 *
 * State dict: `weight` [outChannels, inChannels / groups, k], `bias` [outChannels].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Conv1d.html
 *
 * @example
 * ```ts
 * import { Conv1d } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * const layer = new Conv1d(3, 8, 5, { padding: 2 })
 * console.log(layer.forward(ones([2, 3, 20])).shape) // [2, 8, 20]
 * ```
 */
export class Conv1d extends Module {
  /** [outChannels, inChannels / groups, k]. */
  readonly weight: Parameter
  /** [outChannels], or undefined without a bias. */
  readonly bias: Parameter | undefined
  readonly #options: Omit<Conv1dOptions, 'bias'>

  /**
   * @param inChannels - channels of the input
   * @param outChannels - channels of the output
   * @param kernelSize - size of the window
   * @param options - `stride` (default 1), `padding` (0; a number, `'same'` or `'valid'`), `dilation` (1), `groups` (1),
   *   `bias` (true), `dtype`, `device`
   * @throws ArgumentError unless the sizes are whole and the groups divide the channels
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    options: Conv1dLayerOptions = {},
    ...extra: never[]
  ) {
    super()
    requireOptions('Conv1d', [options, ...extra], 3, layerOptionNames)
    const { bias = true, dtype, device, ...settings } = options
    const window = [kernelSize]
    const { groups = 1 } = settings
    const made = makeKernels(
      'Conv1d',
      { inChannels, outChannels, window, groups },
      { bias, ...(dtype && { dtype }), ...(device !== undefined && { device }) },
    )
    this.weight = made.weight
    this.bias = made.bias
    this.#options = settings
  }

  /**
   * Slides the windows over the input.
   *
   * @param x - [N, inChannels, L], or without N
   * @returns [N, outChannels, oL], o = ⌊(size + 2 padding − dilation (k − 1) − 1) / stride⌋ + 1
   * @throws ShapeError when the channels do not fit or the window is larger than the input
   */
  override forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, { ...this.#options, bias: this.bias })
  }
}
