import { ArgumentError, requireNoMore, softmax, type Tensor } from '@chainrule/tensor'
import { Module } from '../module/module.js'

/**
 * eˣ / Σ eˣ along an axis.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html
 *
 * @example
 * ```ts
 * import { Softmax } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(new Softmax(-1).forward(tensor([1, 1])))) // tensor([0.5, 0.5], float32)
 * ```
 */
export class Softmax extends Module {
  /** The axis whose elements belong together. */
  readonly dim: number

  /**
   * @param dim - the axis whose elements belong together; negative counts from the end
   * @throws ArgumentError without an axis
   */
  constructor(dim: number, ...extra: never[]) {
    super()
    requireNoMore('Softmax', extra, 1)
    if (!Number.isInteger(dim)) {
      throw new ArgumentError(
        `Softmax: got axis ${String(dim)}, expected a whole number. Pass the axis of the classes, such as -1.`,
      )
    }
    this.dim = dim
  }

  /**
   * Normalizes along the axis.
   *
   * @param x - a floating tensor
   * @returns a tensor of the same shape
   * @throws ShapeError when the axis is out of range
   */
  override forward(x: Tensor): Tensor {
    return softmax(x, this.dim)
  }
}
