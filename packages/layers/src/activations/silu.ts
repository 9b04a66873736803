import { silu, type Tensor } from '@chainrule/tensor'
import { Module } from '../module/module.js'

/**
 * x · sigmoid(x), element by element (Elfwing et al., 2017).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html
 *
 * @example
 * ```ts
 * import { SiLU } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(new SiLU().forward(tensor([0])))) // tensor([0], float32)
 * ```
 */
export class SiLU extends Module {
  /**
   * Applies the function to each element.
   *
   * @param x - a tensor of any shape
   * @returns a tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    return silu(x)
  }
}
