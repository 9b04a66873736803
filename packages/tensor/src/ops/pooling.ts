import { apply, applyOne } from '../apply.js'
import { ArgumentError, ShapeError } from '../errors.js'
import type { WindowSizes } from '../kernel.js'
import { requireTensor } from '../require-tensor.js'
import { showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { mul } from './arithmetic.js'
import { equal, where } from './comparison.js'
import { type Pair, pairOf, windowOf } from './convolution.js'
import { unsqueeze } from './movement.js'
import { requireFloat } from './require-float.js'
import { arange } from './sequence.js'
import { type OptionNames, requireOptions } from '../require-options.js'
import { single } from './single.js'

/** Options of `maxPool2d`. */
export interface MaxPool2dOptions {
  /** Step of the window. Default the window itself. */
  readonly stride?: Pair
  /** Border on both sides that is never chosen; at most half the window. Default 0. */
  readonly padding?: Pair
  /** Distance between the taps of the window. Default 1. */
  readonly dilation?: Pair
  /** Keeps a last window that overhangs the far border, if it begins before it. Default false. */
  readonly ceilMode?: boolean
}

/** Options of `avgPool2d`. */
export interface AvgPool2dOptions {
  /** Step of the window. Default the window itself. */
  readonly stride?: Pair
  /** Zeros on both sides; at most half the window. Default 0. */
  readonly padding?: Pair
  /** Whether the border's zeros count in the divisor. Default true. */
  readonly countIncludePad?: boolean
  /** Keeps a last window that overhangs the far border, if it begins before it; what overhangs never counts. Default false. */
  readonly ceilMode?: boolean
  /** Divides every sum by this number. Default what the window covers. */
  readonly divisorOverride?: number
}

const maxPool2dNames: OptionNames<MaxPool2dOptions> = {
  stride: 'place',
  padding: 'place',
  dilation: 'place',
  ceilMode: 'place',
}

const avgPool2dNames: OptionNames<AvgPool2dOptions> = {
  stride: 'place',
  padding: 'place',
  ceilMode: 'place',
  countIncludePad: 'place',
  divisorOverride: 'place',
}

const poolWindow = (operation: string, x: Tensor, kernelSize: Pair, options: MaxPool2dOptions): WindowSizes => {
  requireTensor(operation, x)
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
    options.ceilMode,
  )
}

/** How many places of the last window along an axis lie on the input and its borders. */
const lastCovers = ({ input, kernel, output, stride, padding }: WindowSizes, axis: 0 | 1): number =>
  Math.min(kernel[axis], input[axis] + 2 * padding[axis] - (output[axis] - 1) * stride[axis])

/** By what the means of whole windows are multiplied, so that their divisor leaves out what overhangs along an axis. */
const overhangFactors = (x: Tensor, window: WindowSizes, axis: 0 | 1): Tensor => {
  const last = window.output[axis] - 1
  const isLast = equal(arange(window.output[axis], { device: x.device }), last)
  return where(isLast, window.kernel[axis] / lastCovers(window, axis), 1).to(x.dtype)
}

/**
 * The greatest element of each window; the first of equals takes the gradient.
 *
 * @param x - [N, C, H, W] or [C, H, W]
 * @param kernelSize - window size
 * @param options - `stride` (default the window), `padding`, `dilation`, `ceilMode`
 * @returns [N, C, oH, oW]
 * @throws ShapeError when the window does not fit
 *
 * @example
 * ```ts
 * import { arange, maxPool2d } from '@chainrule/tensor'
 * console.log(maxPool2d(arange(16).reshape([1, 4, 4]).to('float32'), 2).shape) // [1, 2, 2]
 * ```
 */
export const maxPool2d = (x: Tensor, kernelSize: Pair, options: MaxPool2dOptions = {}): Tensor => {
  requireOptions('maxPool2d', [options], 2, maxPool2dNames)
  return single(
    apply('pool', [x], {
      operation: 'max',
      window: poolWindow('maxPool2d', x, kernelSize, options),
      countIncludePad: true,
    }),
  )
}

/**
 * The mean of each window.
 *
 * @param x - [N, C, H, W] or [C, H, W]
 * @param kernelSize - window size
 * @param options - `stride` (default the window), `padding`, `countIncludePad` (default true), `ceilMode`, `divisorOverride`
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
  requireOptions('avgPool2d', [options], 2, avgPool2dNames)
  const { countIncludePad = true, divisorOverride } = options
  const window = poolWindow('avgPool2d', x, kernelSize, options)
  const means = (countsBorder: boolean): Tensor =>
    applyOne('pool', [x], { operation: 'average', window, countIncludePad: countsBorder })
  if (divisorOverride !== undefined) {
    if (!Number.isFinite(divisorOverride) || divisorOverride === 0) {
      throw new ArgumentError(
        `avgPool2d: got divisorOverride ${divisorOverride}, expected a number that is not 0. Leave it out for the mean.`,
      )
    }
    return mul(means(true), (window.kernel[0] * window.kernel[1]) / divisorOverride)
  }
  if (!countIncludePad) return means(false)
  const overhangs = ([0, 1] as const).filter((axis) => lastCovers(window, axis) < window.kernel[axis])
  return overhangs.reduce((result, axis) => {
    const factors = overhangFactors(x, window, axis)
    return mul(result, axis === 0 ? unsqueeze(factors, 1) : factors)
  }, means(true))
}
