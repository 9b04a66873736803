import type { Cell } from '../cell.js'
import type { Tensor } from '../tensor.js'
import { elementwise } from './elementwise.js'

/**
 * 1 / (1 + e⁻ˣ), element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { sigmoid, tensor } from '@chainrule/tensor'
 * console.log(sigmoid(tensor([0])).toString()) // tensor([0.5], float32)
 * ```
 */
export const sigmoid = (x: Tensor): Tensor => elementwise('sigmoid', [x])

/**
 * (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { tanh, tensor } from '@chainrule/tensor'
 * console.log(tanh(tensor([0])).toString()) // tensor([0], float32)
 * ```
 */
export const tanh = (x: Tensor): Tensor => elementwise('tanh', [x])

/**
 * max(x, 0); its derivative at 0 is 0, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { relu, tensor } from '@chainrule/tensor'
 * console.log(relu(tensor([-1, 2])).toString()) // tensor([0, 2], float32)
 * ```
 */
export const relu = (x: Tensor): Tensor => elementwise('relu', [x])

/**
 * x · sigmoid(x), also called swish (Elfwing et al., 2017), element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { silu, tensor } from '@chainrule/tensor'
 * console.log(silu(tensor([0])).toString()) // tensor([0], float32)
 * ```
 */
export const silu = (x: Tensor): Tensor => elementwise('silu', [x])
/** Options of `softplus`. */
export interface SoftplusOptions {
  /** Sharpness. Default 1. */
  readonly beta?: number
  /** Above this value of beta · x the function is x itself. Default 20. */
  readonly threshold?: number
}

/**
 * ln(1 + e^(βx)) / β, element by element; linear above the threshold, as PyTorch.
 *
 * @param x - a tensor of any shape
 * @param options - `beta` (default 1), `threshold` (default 20)
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { softplus, tensor } from '@chainrule/tensor'
 * console.log(softplus(tensor([0])).toString()) // tensor([0.69315], float32)
 * ```
 */
export const softplus = (x: Tensor, { beta = 1, threshold = 20 }: SoftplusOptions = {}): Tensor => {
  const scaled = beta === 1 ? x : elementwise('mul', [x, beta])
  const soft = elementwise('softplus', [scaled])
  // Beyond 20 the difference to x is below float32's resolution, so the branch only matters for other thresholds.
  const joined =
    threshold >= 20 && x.dtype === 'float32'
      ? soft
      : elementwise('where', [elementwise('greater', [scaled, threshold]), scaled, soft])
  return beta === 1 ? joined : elementwise('div', [joined, beta])
}

/**
 * x above 0, slope · x elsewhere (Maas et al., 2013).
 *
 * @param x - a tensor of any shape
 * @param negativeSlope - slope below 0. Default 0.01
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { leakyRelu, tensor } from '@chainrule/tensor'
 * console.log(leakyRelu(tensor([-1, 2]), 0.1).toString()) // tensor([-0.1, 2], float32)
 * ```
 */
export const leakyRelu = (x: Tensor, negativeSlope: number | Cell = 0.01): Tensor =>
  elementwise('leakyRelu', [x, negativeSlope])

/**
 * x above 0, α (eˣ − 1) elsewhere (Clevert et al., 2015).
 *
 * @param x - a tensor of any shape
 * @param alpha - the limit far below 0 is −α. Default 1
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { elu, tensor } from '@chainrule/tensor'
 * console.log(elu(tensor([0, 2])).toString()) // tensor([0, 2], float32)
 * ```
 */
export const elu = (x: Tensor, alpha: number | Cell = 1): Tensor => elementwise('elu', [x, alpha])

/** Options of `gelu`. */
export interface GeluOptions {
  /** `'none'`: by erf. `'tanh'`: the approximation of the original GPT. Default `'none'`. */
  readonly approximate?: 'none' | 'tanh'
}

/**
 * x Φ(x), with Φ the standard normal distribution function (Hendrycks & Gimpel, 2016).
 *
 * @param x - a tensor of any shape
 * @param options - `approximate`: `'none'` (default) or `'tanh'`
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { gelu, tensor } from '@chainrule/tensor'
 * console.log(gelu(tensor([0, 1])).toString()) // tensor([0, 0.84134], float32)
 * ```
 */
export const gelu = (x: Tensor, { approximate = 'none' }: GeluOptions = {}): Tensor =>
  elementwise(approximate === 'tanh' ? 'geluTanh' : 'gelu', [x])
