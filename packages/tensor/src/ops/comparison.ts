import { DTypeError } from '../errors.js'
import type { Tensor } from '../tensor.js'
import { elementwise, type Operand } from './elementwise.js'

/**
 * a = b, as bool, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { equal, tensor } from '@chainrule/tensor'
 * console.log(equal(tensor([1, 2]), 2).toString()) // tensor([false, true], bool)
 * ```
 */
export const equal = (a: Operand, b: Operand): Tensor => elementwise('equal', [a, b])

/**
 * a ≠ b, as bool, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { notEqual, tensor } from '@chainrule/tensor'
 * console.log(notEqual(tensor([1, 2]), 2).toString()) // tensor([true, false], bool)
 * ```
 */
export const notEqual = (a: Operand, b: Operand): Tensor => elementwise('notEqual', [a, b])

/**
 * a < b, as bool, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { less, tensor } from '@chainrule/tensor'
 * console.log(less(tensor([1, 2]), 2).toString()) // tensor([true, false], bool)
 * ```
 */
export const less = (a: Operand, b: Operand): Tensor => elementwise('less', [a, b])

/**
 * a ≤ b, as bool, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { lessEqual, tensor } from '@chainrule/tensor'
 * console.log(lessEqual(tensor([1, 2]), 2).toString()) // tensor([true, true], bool)
 * ```
 */
export const lessEqual = (a: Operand, b: Operand): Tensor => elementwise('lessEqual', [a, b])

/**
 * a > b, as bool, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { greater, tensor } from '@chainrule/tensor'
 * console.log(greater(tensor([1, 2]), 1).toString()) // tensor([false, true], bool)
 * ```
 */
export const greater = (a: Operand, b: Operand): Tensor => elementwise('greater', [a, b])

/**
 * a ≥ b, as bool, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { greaterEqual, tensor } from '@chainrule/tensor'
 * console.log(greaterEqual(tensor([1, 2]), 1).toString()) // tensor([true, true], bool)
 * ```
 */
export const greaterEqual = (a: Operand, b: Operand): Tensor => elementwise('greaterEqual', [a, b])

/**
 * a and b, as bool, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { logicalAnd, tensor } from '@chainrule/tensor'
 * console.log(logicalAnd(tensor([true, false]), true).toString()) // tensor([true, false], bool)
 * ```
 */
export const logicalAnd = (a: Operand, b: Operand): Tensor => elementwise('logicalAnd', [a, b])

/**
 * a or b, as bool, element by element; shapes broadcast and dtypes promote.
 *
 * @param a - a tensor, number, boolean or cell
 * @param b - another
 * @returns a tensor of the broadcast shape
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { logicalOr, tensor } from '@chainrule/tensor'
 * console.log(logicalOr(tensor([true, false]), false).toString()) // tensor([true, false], bool)
 * ```
 */
export const logicalOr = (a: Operand, b: Operand): Tensor => elementwise('logicalOr', [a, b])

/**
 * not x, as bool, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { logicalNot, tensor } from '@chainrule/tensor'
 * console.log(logicalNot(tensor([true, false])).toString()) // tensor([false, true], bool)
 * ```
 */
export const logicalNot = (x: Tensor): Tensor => elementwise('logicalNot', [x])

/**
 * whether x is NaN, as bool, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { isnan, tensor } from '@chainrule/tensor'
 * console.log(isnan(tensor([NaN, 1])).toString()) // tensor([true, false], bool)
 * ```
 */
export const isnan = (x: Tensor): Tensor => elementwise('isnan', [x])

/**
 * whether x is ±infinity, as bool, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { isinf, tensor } from '@chainrule/tensor'
 * console.log(isinf(tensor([Infinity, 1])).toString()) // tensor([true, false], bool)
 * ```
 */
export const isinf = (x: Tensor): Tensor => elementwise('isinf', [x])

/**
 * whether x is neither NaN nor infinite, as bool, element by element.
 *
 * @param x - a tensor of any shape
 * @returns a tensor of the same shape
 *
 * @example
 * ```ts
 * import { isfinite, tensor } from '@chainrule/tensor'
 * console.log(isfinite(tensor([Infinity, 1])).toString()) // tensor([false, true], bool)
 * ```
 */
export const isfinite = (x: Tensor): Tensor => elementwise('isfinite', [x])
/**
 * x where the condition holds, y elsewhere; shapes broadcast.
 *
 * @param condition - a tensor, read as truth
 * @param x - a tensor, number or cell
 * @param y - another
 * @returns a tensor of the broadcast shape; gradients go to the branch that was taken
 * @throws ShapeError when the shapes do not broadcast
 *
 * @example
 * ```ts
 * import { tensor, where } from '@chainrule/tensor'
 * console.log(where(tensor([true, false]), tensor([1, 2]), 0).toString()) // tensor([1, 0], float32)
 * ```
 */
export const where = (condition: Operand, x: Operand, y: Operand): Tensor => elementwise('where', [condition, x, y])

/**
 * `value` where the mask holds, x elsewhere.
 *
 * @param x - a tensor
 * @param mask - a bool tensor that broadcasts with x
 * @param value - a number, cell or tensor
 * @returns a tensor of the broadcast shape
 * @throws DTypeError when the mask is not bool
 *
 * @example
 * ```ts
 * import { maskedFill, tensor } from '@chainrule/tensor'
 * console.log(maskedFill(tensor([1, 2]), tensor([true, false]), -1).toString()) // tensor([-1, 2], float32)
 * ```
 */
export const maskedFill = (x: Tensor, mask: Tensor, value: Operand): Tensor => {
  if (mask.dtype !== 'bool') {
    throw new DTypeError(
      `maskedFill: got a mask of ${mask.dtype}, expected bool. Compare first, such as mask.equal(1).`,
    )
  }
  const filled = where(mask, value, x)
  return filled.dtype === x.dtype ? filled : filled.to(x.dtype)
}
