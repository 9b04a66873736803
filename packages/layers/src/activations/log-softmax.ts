import { ArgumentError, logSoftmax, requireNoMore, type Tensor } from '@chainrule/tensor'
import { Module } from '../module/module.js'

/**
 * x − ln Σ eˣ along an axis.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html
 *
 * @example
 * ```ts
 * import { LogSoftmax } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(new LogSoftmax(-1).forward(tensor([1, 1])))) // tensor([-0.69315, -0.69315], float32)
 * ```
 */
export class LogSoftmax extends Module {
  /** The axis whose elements belong together. */
  readonly dim: number

  /**
   * @param dim - the axis whose elements belong together; negative counts from the end
   * @throws ArgumentError without an axis
   */
  constructor(dim: number, ...extra: never[]) {
    super()
    requireNoMore('LogSoftmax', extra, 1)
    if (!Number.isInteger(dim)) {
      throw new ArgumentError(
        `LogSoftmax: got axis ${String(dim)}, expected a whole number. Pass the axis of the classes, such as -1.`,
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
    return logSoftmax(x, this.dim)
  }
}
