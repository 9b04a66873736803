import { leakyRelu, requireNoMore, type Tensor } from '@chainrule/tensor'
import { Module } from '../module/module.js'
import { requireNumber } from '../require-number.js'

/**
 * x above 0, slope · x elsewhere (Maas et al., 2013).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
 *
 * @example
 * ```ts
 * import { LeakyReLU } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(new LeakyReLU(0.1).forward(tensor([-1, 2])))) // tensor([-0.1, 2], float32)
 * ```
 */
export class LeakyReLU extends Module {
  /** Slope below 0. */
  readonly negativeSlope: number

  /** @param negativeSlope - slope below 0. Default 0.01 */
  constructor(negativeSlope = 0.01, ...extra: never[]) {
    super()
    requireNumber('LeakyReLU', { negativeSlope }, 0.01)
    requireNoMore('LeakyReLU', extra, 1)
    this.negativeSlope = negativeSlope
  }

  /**
   * Applies the function to each element.
   *
   * @param x - a tensor of any shape
   * @returns a tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    return leakyRelu(x, this.negativeSlope)
  }
}
