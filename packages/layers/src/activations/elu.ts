import { elu, requireNoMore, type Tensor } from '@chainrule/tensor'
import { Module } from '../module/module.js'
import { requireNumber } from '../require-number.js'

/**
 * x above 0, α (eˣ − 1) elsewhere (Clevert et al., 2015).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ELU.html
 *
 * @example
 * ```ts
 * import { ELU } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(new ELU().forward(tensor([0, 2])))) // tensor([0, 2], float32)
 * ```
 */
export class ELU extends Module {
  /** The limit far below 0 is −alpha. */
  readonly alpha: number

  /** @param alpha - the limit far below 0 is −alpha. Default 1 */
  constructor(alpha = 1, ...extra: never[]) {
    super()
    requireNumber('ELU', { alpha }, 1)
    requireNoMore('ELU', extra, 1)
    this.alpha = alpha
  }

  /**
   * Applies the function to each element.
   *
   * @param x - a tensor of any shape
   * @returns a tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    return elu(x, this.alpha)
  }
}
