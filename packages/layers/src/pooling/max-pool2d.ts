import {
  maxPool2d,
  type MaxPool2dOptions,
  type OptionNames,
  type Pair,
  requireOptions,
  type Tensor,
} from '@chainrule/tensor'
import { Module } from '../module/module.js'

const optionNames: OptionNames<MaxPool2dOptions> = {
  stride: 'place',
  padding: 'place',
  dilation: 'place',
  ceilMode: 'name',
}

/**
 * The greatest element of each window; the first of equals takes the gradient.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
 *
 * @example
 * ```ts
 * import { MaxPool2d } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * console.log(new MaxPool2d(2).forward(ones([1, 3, 8, 8])).shape) // [1, 3, 4, 4]
 * ```
 */
export class MaxPool2d extends Module {
  /** Window size. */
  readonly kernelSize: Pair
  readonly #options: MaxPool2dOptions

  /**
   * @param kernelSize - window size
   * @param options - `stride` (default the window), `padding` (0), `dilation` (1), `ceilMode` (false)
   */
  constructor(kernelSize: Pair, options: MaxPool2dOptions = {}, ...extra: never[]) {
    super()
    requireOptions('MaxPool2d', [options, ...extra], 1, optionNames)
    this.kernelSize = kernelSize
    this.#options = options
  }

  /**
   * Reduces each window to its greatest element.
   *
   * @param x - [N, C, H, W] or [C, H, W]
   * @returns [N, C, oH, oW]
   * @throws ShapeError when the window does not fit
   */
  override forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.#options)
  }
}
