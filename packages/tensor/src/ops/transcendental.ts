import type { Tensor } from '../tensor.js'
import { elementwise } from './elementwise.js'

/**
 * eˣ, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { exp, tensor } from '@chainrule/tensor'
 * console.log(exp(tensor([0, 1])).toString()) // tensor([1, 2.7183], float32)
 * ```
 */
export const exp = (x: Tensor): Tensor => elementwise('exp', [x])

/**
 * eˣ − 1, exact near 0, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { expm1, tensor } from '@chainrule/tensor'
 * console.log(expm1(tensor([0])).toString()) // tensor([0], float32)
 * ```
 */
export const expm1 = (x: Tensor): Tensor => elementwise('expm1', [x])

/**
 * ln x; −infinity at 0, NaN below, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { log, tensor } from '@chainrule/tensor'
 * console.log(log(tensor([1, Math.E])).toString()) // tensor([0, 1], float32)
 * ```
 */
export const log = (x: Tensor): Tensor => elementwise('log', [x])

/**
 * ln(1 + x), exact near 0, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { log1p, tensor } from '@chainrule/tensor'
 * console.log(log1p(tensor([0])).toString()) // tensor([0], float32)
 * ```
 */
export const log1p = (x: Tensor): Tensor => elementwise('log1p', [x])

/**
 * sin x, x in radians, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { sin, tensor } from '@chainrule/tensor'
 * console.log(sin(tensor([0])).toString()) // tensor([0], float32)
 * ```
 */
export const sin = (x: Tensor): Tensor => elementwise('sin', [x])

/**
 * cos x, x in radians, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { cos, tensor } from '@chainrule/tensor'
 * console.log(cos(tensor([0])).toString()) // tensor([1], float32)
 * ```
 */
export const cos = (x: Tensor): Tensor => elementwise('cos', [x])

/**
 * tan x, x in radians, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { tan, tensor } from '@chainrule/tensor'
 * console.log(tan(tensor([0])).toString()) // tensor([0], float32)
 * ```
 */
export const tan = (x: Tensor): Tensor => elementwise('tan', [x])

/**
 * arcsin x in radians; NaN outside −1 … 1, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { asin, tensor } from '@chainrule/tensor'
 * console.log(asin(tensor([0])).toString()) // tensor([0], float32)
 * ```
 */
export const asin = (x: Tensor): Tensor => elementwise('asin', [x])

/**
 * arccos x in radians; NaN outside −1 … 1, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { acos, tensor } from '@chainrule/tensor'
 * console.log(acos(tensor([1])).toString()) // tensor([0], float32)
 * ```
 */
export const acos = (x: Tensor): Tensor => elementwise('acos', [x])

/**
 * arctan x in radians, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { atan, tensor } from '@chainrule/tensor'
 * console.log(atan(tensor([0])).toString()) // tensor([0], float32)
 * ```
 */
export const atan = (x: Tensor): Tensor => elementwise('atan', [x])

/**
 * (eˣ − e⁻ˣ) / 2, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { sinh, tensor } from '@chainrule/tensor'
 * console.log(sinh(tensor([0])).toString()) // tensor([0], float32)
 * ```
 */
export const sinh = (x: Tensor): Tensor => elementwise('sinh', [x])

/**
 * (eˣ + e⁻ˣ) / 2, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { cosh, tensor } from '@chainrule/tensor'
 * console.log(cosh(tensor([0])).toString()) // tensor([1], float32)
 * ```
 */
export const cosh = (x: Tensor): Tensor => elementwise('cosh', [x])

/**
 * 2/√π ∫₀ˣ e^(−t²) dt, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { erf, tensor } from '@chainrule/tensor'
 * console.log(erf(tensor([0])).toString()) // tensor([0], float32)
 * ```
 */
export const erf = (x: Tensor): Tensor => elementwise('erf', [x])
