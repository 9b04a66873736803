import { applyOne, eye, GradientError, reshape, select, stack, Tensor, transpose } from '@chainrule/tensor'
import { jvp } from './jvp.js'
import { vjp } from './vjp.js'

/** Options of `jacobian`. */
export interface JacobianOptions {
  /**
   * `'reverse'`: one pass back for each element of the result; `'forward'`: one pass for each element of the argument.
   * Default `'reverse'`.
   */
  readonly mode?: 'reverse' | 'forward'
}

const checkTensor = (result: unknown): Tensor => {
  if (!(result instanceof Tensor)) {
    throw new GradientError(
      `jacobian: got a function that returns ${typeof result}, expected one that returns a tensor.`,
    )
  }
  return result
}

/** The unit tensors of a shape, one for each element. */
const units = (like: Tensor): readonly Tensor[] => {
  const identity = eye(like.size, { dtype: like.dtype, device: like.device })
  return Array.from({ length: like.size }, (_, place) => reshape(select(identity, 0, place), like.shape))
}

const byRows = (f: (x: Tensor) => Tensor, x: Tensor): Tensor => {
  const { value, pullback } = vjp(f, x)
  const result = checkTensor(value)
  const shape = [...result.shape, ...x.shape]
  const rows = units(result).map((unit) => pullback(unit))
  return rows.length === 0 ? emptyLike(x, shape) : reshape(stack(rows), shape)
}

const byColumns = (f: (x: Tensor) => Tensor, x: Tensor): Tensor => {
  const columns = units(x).map((unit) => jvp(f, [x], [unit]).tangent)
  if (columns.length === 0) return emptyLike(x, [...f(x).shape, ...x.shape])
  const shape = [...(columns[0]?.shape ?? []), ...x.shape]
  const flat = columns.map((column) => reshape(column, [column.size]))
  return reshape(transpose(stack(flat), 0, 1), shape)
}

const emptyLike = (x: Tensor, shape: readonly number[]): Tensor =>
  applyOne('reshape', [reshape(x, [x.size])], { shape })

/**
 * A function that gives all partial derivatives of f: element (…i, …j) is ∂fᵢ/∂xⱼ.
 *
 * @param f - a function of one tensor to a tensor
 * @param options - `mode`: `'reverse'` (default) or `'forward'`
 * @returns x ↦ a tensor of shape [...f(x).shape, ...x.shape]
 *
 * @example
 * ```ts
 * import { jacobian } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(jacobian((x) => x.square())(tensor([1, 2]))))
 * // tensor([[2, 0],
 * //         [0, 4]], float32)
 * ```
 */
export const jacobian =
  (f: (x: Tensor) => Tensor, { mode = 'reverse' }: JacobianOptions = {}): ((x: Tensor) => Tensor) =>
  (x) =>
    mode === 'reverse' ? byRows(f, x) : byColumns(f, x)
