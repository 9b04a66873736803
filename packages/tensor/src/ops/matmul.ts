import { applyOne } from '../apply.js'
import { ShapeError } from '../errors.js'
import { requireTensor } from '../require-tensor.js'
import { sameShape, showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { mul } from './arithmetic.js'
import { squeeze, unsqueeze } from './movement.js'
import { promoteAll } from './promotion.js'
import { sum } from './reduction.js'

/**
 * Matrix product, batched and broadcasting over leading axes; a 1-D operand is a row on the left, a column on the
 * right, and its axis goes away. Dtypes promote.
 *
 * @param a - [..., m, k] or [k]
 * @param b - [..., k, n] or [k]
 * @returns [..., m, n], without the axis of a 1-D operand
 * @throws ShapeError when the inner sizes differ or an operand is a scalar
 *
 * @example
 * ```ts
 * import { matmul, tensor } from '@chainrule/tensor'
 * console.log(matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])).toString()) // tensor([3, 7], float32)
 * ```
 */
export const matmul = (a: Tensor, b: Tensor): Tensor => {
  requireTensor('matmul', a)
  requireTensor('matmul', b)
  if (a.rank === 0 || b.rank === 0) {
    throw new ShapeError(
      `matmul: got ${showShape(a.shape)} × ${showShape(b.shape)}, expected at least one axis each. Use mul for scalars.`,
    )
  }
  const [left, right] = promoteAll([a, b])
  const rows = left === undefined || a.rank > 1 ? (left ?? a) : unsqueeze(left, 0)
  const columns = right === undefined || b.rank > 1 ? (right ?? b) : unsqueeze(right, 1)
  const product = applyOne('matmul', [rows, columns], {})
  const withoutColumn = b.rank > 1 ? product : squeeze(product, -1)
  return a.rank > 1 ? withoutColumn : squeeze(withoutColumn, b.rank > 1 ? -2 : -1)
}

/**
 * Dot product of two vectors.
 *
 * @param a - [n]
 * @param b - [n]
 * @returns a scalar
 * @throws ShapeError unless both are 1-D of one size
 *
 * @example
 * ```ts
 * import { dot, tensor } from '@chainrule/tensor'
 * console.log(dot(tensor([1, 2]), tensor([3, 4])).toString()) // tensor(11, float32)
 * ```
 */
export const dot = (a: Tensor, b: Tensor): Tensor => {
  requireTensor('dot', a)
  requireTensor('dot', b)
  if (a.rank !== 1 || b.rank !== 1 || !sameShape(a.shape, b.shape)) {
    throw new ShapeError(`dot: got ${showShape(a.shape)} and ${showShape(b.shape)}, expected two vectors of one size.`)
  }
  return sum(mul(a, b))
}

/**
 * Outer product of two vectors: element (i, j) is aᵢ bⱼ.
 *
 * @param a - [m]
 * @param b - [n]
 * @returns [m, n]
 * @throws ShapeError unless both are 1-D
 *
 * @example
 * ```ts
 * import { outer, tensor } from '@chainrule/tensor'
 * console.log(outer(tensor([1, 2]), tensor([3, 4])).shape) // [2, 2]
 * ```
 */
export const outer = (a: Tensor, b: Tensor): Tensor => {
  requireTensor('outer', a)
  requireTensor('outer', b)
  if (a.rank !== 1 || b.rank !== 1) {
    throw new ShapeError(`outer: got ${showShape(a.shape)} and ${showShape(b.shape)}, expected two vectors.`)
  }
  return mul(unsqueeze(a, 1), unsqueeze(b, 0))
}
