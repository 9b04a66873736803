import { tanh, type Tensor } from '@chainrule/tensor'
import { Module } from '../module/module.js'

/**
 * The hyperbolic tangent, element by element.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html
 *
 * @example
 * ```ts
 * import { Tanh } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(new Tanh().forward(tensor([0])))) // tensor([0], float32)
 * ```
 */
export class Tanh extends Module {
  /**
   * Applies the function to each element.
   *
   * @param x - a tensor of any shape
   * @returns a tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    return tanh(x)
  }
}
