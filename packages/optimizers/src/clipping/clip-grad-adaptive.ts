import { ArgumentError, norm, scope, type Tensor, where, withoutGradients } from '@chainrule/tensor'
import { type Parameters, parametersOf } from '../parameter-list.js'
import { gradientsOf, replaceGradients } from './gradients.js'

/** Options of `clipGradAdaptive`. */
export interface ClipGradAdaptiveOptions {
  /** The least norm that a unit's weights count with, so that new units can leave zero. Default 1e-3. */
  readonly eps?: number
}

/** Norm of what feeds each unit: along all axes but the first (the outputs, in PyTorch's layouts); of vectors, whole. */
const unitNorm = (x: Tensor): Tensor =>
  x.rank <= 1 ? norm(x) : norm(x, { axis: x.shape.map((_, axis) => axis).slice(1), keepDims: true })

/**
 * Adaptive gradient clipping: limits the gradient of each unit to a share of the norm of its weights,
 * Gᵢ ← Gᵢ · λ ‖Wᵢ‖* / ‖Gᵢ‖ where ‖Gᵢ‖ > λ ‖Wᵢ‖*, with ‖Wᵢ‖* = max(‖Wᵢ‖, ε). A unit is one output of a weight (its row); a
 * vector, such as a bias, counts as one. Nothing is read to the host, so it may stand inside a compiled step. The paper
 * leaves the last linear layer out.
 *
 * @param params - the parameters; those without a gradient are passed over
 * @param ratio - λ, the largest share; the paper has 0.01
 * @param options - `eps` (default 1e-3)
 * @throws ArgumentError for things that are no parameters, or numbers outside their domain
 * @see Brock et al., High-performance large-scale image recognition without normalization, 2021
 *
 * @example
 * ```ts
 * import { Parameter } from '@chainrule/autograd'
 * import { clipGradAdaptive } from '@chainrule/optimizers'
 * const weight = new Parameter([[3, 4], [0, 1]])
 * weight.sum().backward() // each row's gradient has norm √2
 * clipGradAdaptive([weight], 1)
 * console.log(String(weight.grad?.narrow(0, 0, 1))) // tensor([[1, 1]], float32)
 * ```
 */
export const clipGradAdaptive = (
  params: Parameters,
  ratio: number,
  { eps = 1e-3 }: ClipGradAdaptiveOptions = {},
): void => {
  const parameters = parametersOf(params, 'clipGradAdaptive')
  if (!(ratio > 0) || !(eps >= 0)) {
    throw new ArgumentError(
      `clipGradAdaptive: got ratio ${String(ratio)} and eps ${String(eps)}, expected a number above 0, and one of at least 0.`,
    )
  }
  withoutGradients(() => {
    const updates = scope(() =>
      gradientsOf(parameters).map(({ parameter, gradient }) => {
        const limit = unitNorm(parameter).maximum(eps).mul(ratio)
        const size = unitNorm(gradient)
        const exceeds = size.greater(limit)
        // Where a norm is 0 it does not exceed, and 1 keeps the quotient finite.
        const factor = where(exceeds, limit.div(where(exceeds, size, 1)), 1)
        return { parameter, gradient: gradient.mul(factor) }
      }),
    )
    replaceGradients(updates)
  })
}
