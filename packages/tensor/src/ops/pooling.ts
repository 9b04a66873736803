import { apply, applyOne } from '../apply.js'
import { ArgumentError, ShapeError } from '../errors.js'
import type { WindowSizes } from '../kernel.js'
import { showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { type Pair, pairOf, windowOf } from './convolution.js'
import { requireFloat } from './require-float.js'
import { single } from './single.js'

/** Options of `maxPool2d`. */
export interface MaxPool2dOptions {
  /** Step of the window. Default the window itself. */
  readonly stride?: Pair
  /** Border on both sides that is never chosen; at most half the window. Default 0. */
  readonly padding?: Pair
  /** Distance between the taps of the window. Default 1. */
  readonly dilation?: Pair
}

/** Options of `avgPool2d`. */
export interface AvgPool2dOptions {
  /** Step of the window. Default the window itself. */
  readonly stride?: Pair
  /** Zeros on both sides; at most half the window. Default 0. */
  readonly padding?: Pair
  /** Whether the border's zeros count in the divisor. Default true. */
  readonly countIncludePad?: boolean
}

const poolWindow = (operation: string, x: Tensor, kernelSize: Pair, options: MaxPool2dOptions): WindowSizes => {
  if (x.rank < 3) {
    throw new ShapeError(`${operation}: got ${showShape(x.shape)}, expected [N, C, H, W] or [C, H, W].`)
  }
  const kernel = pairOf(operation, 'kernelSize', kernelSize, 1)
  const padding = pairOf(operation, 'padding', options.padding ?? 0, 0)
  if (padding[0] * 2 > kernel[0] || padding[1] * 2 > kernel[1]) {
    throw new ArgumentError(
      `${operation}: got padding ${padding.join(', ')} for a window of ${kernel.join(' × ')}, expected at most half the window.`,
    )
  }
  const [height = 0, width = 0] = x.shape.slice(-2)
  return windowOf(
    operation,
    [height, width],
    kernel,
    pairOf(operation, 'stride', options.stride ?? kernel, 1),
    padding,
    pairOf(operation, 'dilation', options.dilation ?? 1, 1),
  )
}

/**
 * The greatest element of each window; the first of equals takes the gradient.
 *
 * @param x - [N, C, H, W] or [C, H, W]
 * @param kernelSize - window size
 * @param options - `stride` (default the window), `padding`, `dilation`
 * @returns [N, C, oH, oW]
 * @throws ShapeError when the window does not fit
 *
 * @example
 * ```ts
 * import { arange, maxPool2d } from '@chainrule/tensor'
 * console.log(maxPool2d(arange(16).reshape([1, 4, 4]).to('float32'), 2).shape) // [1, 2, 2]
 * ```
 */
export const maxPool2d = (x: Tensor, kernelSize: Pair, options: MaxPool2dOptions = {}): Tensor =>
  single(
    apply('pool', [x], {
      operation: 'max',
      window: poolWindow('maxPool2d', x, kernelSize, options),
      countIncludePad: true,
    }),
  )

/**
 * The mean of each window.
 *
 * @param x - [N, C, H, W] or [C, H, W]
 * @param kernelSize - window size
 * @param options - `stride` (default the window), `padding`, `countIncludePad` (default true)
 * @returns [N, C, oH, oW]
 * @throws ShapeError when the window does not fit
 *
 * @example
 * ```ts
 * import { avgPool2d, ones } from '@chainrule/tensor'
 * console.log(avgPool2d(ones([1, 4, 4]), 2).shape) // [1, 2, 2]
 * ```
 */
export const avgPool2d = (x: Tensor, kernelSize: Pair, options: AvgPool2dOptions = {}): Tensor => {
  requireFloat('avgPool2d', x)
  return applyOne('pool', [x], {
    operation: 'average',
    window: poolWindow('avgPool2d', x, kernelSize, options),
    countIncludePad: options.countIncludePad ?? true,
  })
}
