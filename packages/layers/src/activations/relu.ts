import { relu, type Tensor } from '@chainrule/tensor'
import { Module } from '../module/module.js'

/**
 * max(x, 0), element by element; its derivative at 0 is 0.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html
 *
 * @example
 * ```ts
 * import { ReLU } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(new ReLU().forward(tensor([-1, 2])))) // tensor([0, 2], float32)
 * ```
 */
export class ReLU extends Module {
  /**
   * Applies the function to each element.
   *
   * @param x - a tensor of any shape
   * @returns a tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    return relu(x)
  }
}
