import { sigmoid, type Tensor } from '@chainrule/tensor'
import { Module } from '../module/module.js'

/**
 * 1 / (1 + e⁻ˣ), element by element.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html
 *
 * @example
 * ```ts
 * import { Sigmoid } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(new Sigmoid().forward(tensor([0])))) // tensor([0.5], float32)
 * ```
 */
export class Sigmoid extends Module {
  /**
   * Applies the function to each element.
   *
   * @param x - a tensor of any shape
   * @returns a tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    return sigmoid(x)
  }
}
