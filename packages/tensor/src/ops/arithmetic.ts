import { isFloating } from '../dtype.js'
import { ArgumentError } from '../errors.js'
import type { Tensor } from '../tensor.js'
import type { ElementwiseName } from './elementwise-table.js'
import { elementwise, type Operand } from './elementwise.js'

/**
 * −x, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { neg, tensor } from '@chainrule/tensor'
 * console.log(neg(tensor([1, -2])).toString()) // tensor([-1, 2], float32)
 * ```
 */
export const neg = (x: Tensor): Tensor => elementwise('neg', [x])

/**
 * |x|, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { abs, tensor } from '@chainrule/tensor'
 * console.log(abs(tensor([-3, 2])).toString()) // tensor([3, 2], float32)
 * ```
 */
export const abs = (x: Tensor): Tensor => elementwise('abs', [x])

/**
 * −1, 0 or 1; NaN for NaN, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { sign, tensor } from '@chainrule/tensor'
 * console.log(sign(tensor([-3, 0, 2])).toString()) // tensor([-1, 0, 1], float32)
 * ```
 */
export const sign = (x: Tensor): Tensor => elementwise('sign', [x])

/**
 * x², element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { square, tensor } from '@chainrule/tensor'
 * console.log(square(tensor([3])).toString()) // tensor([9], float32)
 * ```
 */
export const square = (x: Tensor): Tensor => elementwise('square', [x])

/**
 * 1 / x, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { reciprocal, tensor } from '@chainrule/tensor'
 * console.log(reciprocal(tensor([4])).toString()) // tensor([0.25], float32)
 * ```
 */
export const reciprocal = (x: Tensor): Tensor => elementwise('reciprocal', [x])

/**
 * √x; NaN below 0, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { sqrt, tensor } from '@chainrule/tensor'
 * console.log(sqrt(tensor([4, 9])).toString()) // tensor([2, 3], float32)
 * ```
 */
export const sqrt = (x: Tensor): Tensor => elementwise('sqrt', [x])

/**
 * 1 / √x, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { rsqrt, tensor } from '@chainrule/tensor'
 * console.log(rsqrt(tensor([4])).toString()) // tensor([0.5], float32)
 * ```
 */
export const rsqrt = (x: Tensor): Tensor => elementwise('rsqrt', [x])

/**
 * the greatest whole number ≤ x; gradient 0, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { floor, tensor } from '@chainrule/tensor'
 * console.log(floor(tensor([1.7])).toString()) // tensor([1], float32)
 * ```
 */
export const floor = (x: Tensor): Tensor => elementwise('floor', [x])

/**
 * the least whole number ≥ x; gradient 0, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { ceil, tensor } from '@chainrule/tensor'
 * console.log(ceil(tensor([1.2])).toString()) // tensor([2], float32)
 * ```
 */
export const ceil = (x: Tensor): Tensor => elementwise('ceil', [x])

/**
 * the nearest whole number, halves to even; gradient 0, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { round, tensor } from '@chainrule/tensor'
 * console.log(round(tensor([0.5, 1.5])).toString()) // tensor([0, 2], float32)
 * ```
 */
export const round = (x: Tensor): Tensor => elementwise('round', [x])

/**
 * a + b, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { add, tensor } from '@chainrule/tensor'
 * console.log(add(tensor([1, 2]), 3).toString()) // tensor([4, 5], float32)
 * ```
 */
export const add = (a: Operand, b: Operand): Tensor => elementwise('add', [a, b])

/**
 * a − b, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { sub, tensor } from '@chainrule/tensor'
 * console.log(sub(tensor([1, 2]), 3).toString()) // tensor([-2, -1], float32)
 * ```
 */
export const sub = (a: Operand, b: Operand): Tensor => elementwise('sub', [a, b])

/**
 * a · b, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { mul, tensor } from '@chainrule/tensor'
 * console.log(mul(tensor([1, 2]), 3).toString()) // tensor([3, 6], float32)
 * ```
 */
export const mul = (a: Operand, b: Operand): Tensor => elementwise('mul', [a, b])

/**
 * a / b; integers divide as float32, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { div, tensor } from '@chainrule/tensor'
 * console.log(div(tensor([1, 2]), 4).toString()) // tensor([0.25, 0.5], float32)
 * ```
 */
export const div = (a: Operand, b: Operand): Tensor => elementwise('div', [a, b])

/**
 * the greater of a and b; NaN wins; ties share the gradient, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { maximum, tensor } from '@chainrule/tensor'
 * console.log(maximum(tensor([1, 5]), 3).toString()) // tensor([3, 5], float32)
 * ```
 */
export const maximum = (a: Operand, b: Operand): Tensor => elementwise('maximum', [a, b])

/**
 * the smaller of a and b; NaN wins; ties share the gradient, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { minimum, tensor } from '@chainrule/tensor'
 * console.log(minimum(tensor([1, 5]), 3).toString()) // tensor([1, 3], float32)
 * ```
 */
export const minimum = (a: Operand, b: Operand): Tensor => elementwise('minimum', [a, b])
/**
 * a to the power b, element by element; shapes broadcast. Integer operands give an integer.
 *
 * @param a - base: a tensor, number or cell
 * @param b - exponent: a tensor, number or cell; 2, 1, 0.5, −0.5 and −1 take their own cheaper op
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { pow, tensor } from '@chainrule/tensor'
 * console.log(pow(tensor([2, 3]), 2).toString()) // tensor([4, 9], float32)
 * ```
 */
export const pow = (a: Operand, b: Operand): Tensor => {
  const cheaper = typeof b === 'number' ? powers.get(b) : undefined
  const isFloat = typeof a === 'object' && 'dtype' in a && isFloating(a.dtype)
  return cheaper !== undefined && isFloat ? elementwise(cheaper, [a]) : elementwise('pow', [a, b])
}

const powers = new Map<number, ElementwiseName>([
  [2, 'square'],
  [0.5, 'sqrt'],
  [-0.5, 'rsqrt'],
  [-1, 'reciprocal'],
])

/**
 * Limits every element to low … high; NaN stays. The gradient passes inside and at the bounds.
 *
 * @param x - a tensor of any shape
 * @param low - lower bound: a tensor, number or cell; undefined for none
 * @param high - upper bound; undefined for none. Where low > high the result is high
 * @returns a tensor of the broadcast shape
 * @throws ArgumentError without any bound
 *
 * @example
 * ```ts
 * import { clamp, tensor } from '@chainrule/tensor'
 * console.log(clamp(tensor([-2, 0.5, 3]), 0, 1).toString()) // tensor([0, 0.5, 1], float32)
 * ```
 */
export const clamp = (x: Tensor, low?: Operand, high?: Operand): Tensor => {
  if (low !== undefined && high !== undefined) return elementwise('clamp', [x, low, high])
  if (low !== undefined) return elementwise('clampMin', [x, low])
  if (high !== undefined) return elementwise('clampMax', [x, high])
  throw new ArgumentError('clamp: got no bound, expected a lower one, an upper one or both. Pass clamp(x, low, high).')
}
