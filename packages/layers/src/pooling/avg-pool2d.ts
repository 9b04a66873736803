import {
  avgPool2d,
  type AvgPool2dOptions,
  type OptionNames,
  type Pair,
  requireOptions,
  type Tensor,
} from '@chainrule/tensor'
import { Module } from '../module/module.js'

const optionNames: OptionNames<AvgPool2dOptions> = {
  stride: 'place',
  padding: 'place',
  ceilMode: 'place',
  countIncludePad: 'place',
  divisorOverride: 'place',
}

/**
 * The mean of each window.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
 *
 * @example
 * ```ts
 * import { AvgPool2d } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * console.log(new AvgPool2d(2).forward(ones([1, 3, 8, 8])).shape) // [1, 3, 4, 4]
 * ```
 */
export class AvgPool2d extends Module {
  /** Window size. */
  readonly kernelSize: Pair
  readonly #options: AvgPool2dOptions

  /**
   * @param kernelSize - window size
   * @param options - `stride` (default the window), `padding` (0), `countIncludePad` (true), `ceilMode` (false), `divisorOverride`
   */
  constructor(kernelSize: Pair, options: AvgPool2dOptions = {}, ...extra: never[]) {
    super()
    requireOptions('AvgPool2d', [options, ...extra], 1, optionNames)
    this.kernelSize = kernelSize
    this.#options = options
  }

  /**
   * Reduces each window to its mean.
   *
   * @param x - [N, C, H, W] or [C, H, W]
   * @returns [N, C, oH, oW]
   * @throws ShapeError when the window does not fit
   */
  override forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.#options)
  }
}
