import {
  ArgumentError,
  eye,
  GradientError,
  isFloating,
  reshape,
  scope,
  select,
  stack,
  Tensor,
  transpose,
  zeros,
} from '@chainrule/tensor'
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

const checkMode = (mode: string): void => {
  if (mode === 'reverse' || mode === 'forward') return
  throw new ArgumentError(`jacobian: got mode '${mode}', expected 'reverse' or 'forward'.`)
}

const checkTensor = (result: unknown): Tensor => {
  if (!(result instanceof Tensor)) {
    throw new GradientError(
      `jacobian: got a function that returns ${typeof result}, expected one that returns a tensor.`,
    )
  }
  return result
}

const checkFloating = (what: string, { dtype }: Tensor): void => {
  if (isFloating(dtype)) return
  throw new GradientError(
    `jacobian: got ${what} of ${dtype}, expected a floating dtype: whole numbers have no derivative. Convert with .to('float32').`,
  )
}

/** The unit tensors of a shape, one for each element. */
const units = (like: Tensor): readonly Tensor[] => {
  const identity = eye(like.size, { dtype: like.dtype, device: like.device })
  return Array.from({ length: like.size }, (_, place) => reshape(select(identity, 0, place), like.shape))
}

const empty = (shape: readonly number[], { dtype, device }: Tensor): Tensor => zeros(shape, { dtype, device })

const byRows = (f: (x: Tensor) => Tensor, x: Tensor): Tensor => {
  const { value, pullback } = vjp(f, x)
  const result = checkTensor(value)
  checkFloating('a result', result)
  const shape = [...result.shape, ...x.shape]
  const rows = units(result).map((unit) => pullback(unit))
  return rows.length === 0 ? empty(shape, x) : reshape(stack(rows), shape)
}

const byColumns = (f: (x: Tensor) => Tensor, x: Tensor): Tensor => {
  const columns = units(x).map((unit) => checkTensor(jvp(f, [x], [unit]).tangent))
  const [first] = columns
  const result = first ?? checkTensor(f(x))
  checkFloating('a result', result)
  const shape = [...result.shape, ...x.shape]
  if (columns.length === 0) return empty(shape, result)
  const flat = columns.map((column) => reshape(column, [column.size]))
  return reshape(transpose(stack(flat), 0, 1), shape)
}

/**
 * A function that gives all partial derivatives of f: element (…i, …j) is ∂fᵢ/∂xⱼ. Everything in between is released.
 *
 * @param f - a function of one tensor to a tensor
 * @param options - `mode`: `'reverse'` (default) or `'forward'`
 * @returns x ↦ a tensor of shape [...f(x).shape, ...x.shape]
 * @throws GradientError when x or f(x) is no floating tensor
 * @see https://docs.jax.dev/en/latest/_autosummary/jax.jacobian.html
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
    scope(() => {
      checkMode(mode)
      checkFloating('an argument', x)
      return mode === 'reverse' ? byRows(f, x) : byColumns(f, x)
    })
