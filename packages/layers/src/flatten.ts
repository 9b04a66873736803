import { flatten, type OptionNames, requireOptions, type Tensor } from '@chainrule/tensor'
import { Module } from './module/module.js'

/** Options of `Flatten`. */
export interface FlattenOptions {
  /** First axis to join. Default 1. */
  readonly startDim?: number
  /** Last axis to join. Default −1. */
  readonly endDim?: number
}

const optionNames: OptionNames<FlattenOptions> = {
  startDim: 'place',
  endDim: 'place',
}

/**
 * Joins axes into one: by default all but the first.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html
 *
 * @example
 * ```ts
 * import { Flatten } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * console.log(new Flatten().forward(ones([2, 3, 4])).shape) // [2, 12]
 * ```
 */
export class Flatten extends Module {
  /** First axis to join. */
  readonly startDim: number
  /** Last axis to join. */
  readonly endDim: number

  /** @param options - `startDim` (default 1), `endDim` (default −1) */
  constructor(options: FlattenOptions = {}, ...extra: never[]) {
    super()
    requireOptions('Flatten', [options, ...extra], 0, optionNames)
    const { startDim = 1, endDim = -1 } = options
    this.startDim = startDim
    this.endDim = endDim
  }

  /**
   * Joins the axes.
   *
   * @param x - a tensor that has them
   * @returns a view where the memory allows
   * @throws ShapeError when an axis is out of range
   */
  override forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim)
  }
}
