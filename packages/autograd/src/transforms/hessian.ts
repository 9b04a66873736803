import type { Tensor } from '@chainrule/tensor'
import { grad } from './grad.js'
import { jacobian } from './jacobian.js'
import { jvp } from './jvp.js'

/**
 * A function that gives all second derivatives of a scalar function: element (…i, …j) is ∂²f/∂xᵢ∂xⱼ, forward over reverse.
 *
 * @param f - a function of one tensor to a scalar tensor
 * @returns x ↦ a tensor of shape [...x.shape, ...x.shape]
 * @throws GradientError when x is not floating, or f returns no scalar
 * @see https://docs.jax.dev/en/latest/_autosummary/jax.hessian.html
 *
 * @example
 * ```ts
 * import { hessian } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(hessian((x) => x.square().sum())(tensor([1, 2]))))
 * // tensor([[2, 0],
 * //         [0, 2]], float32)
 * ```
 */
export const hessian = (f: (x: Tensor) => Tensor): ((x: Tensor) => Tensor) => jacobian(grad(f), { mode: 'forward' })

/**
 * Hessian times a vector, without the Hessian: forward over reverse (Pearlmutter, 1994).
 *
 * @param f - a function of one tensor to a scalar tensor
 * @param x - where
 * @param v - the vector, of the shape of x
 * @returns ∇²f(x) v, of the shape of x
 * @throws GradientError when f returns no scalar, ShapeError or DTypeError when v does not fit x
 * @see https://doi.org/10.1162/neco.1994.6.1.147
 *
 * @example
 * ```ts
 * import { hvp } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(hvp((x) => x.mul(x).mul(x).sum(), tensor([1, 2]), tensor([1, 1])))) // tensor([6, 12], float32)
 * ```
 */
export const hvp = (f: (x: Tensor) => Tensor, x: Tensor, v: Tensor): Tensor => jvp(grad(f), [x], [v]).tangent
