import { ArgumentError, norm, scope, stack, type Tensor, withoutGradients, zeros } from '@chainrule/tensor'
import { type Parameters, parametersOf } from '../parameter-list.js'
import { gradientsOf, replaceGradients } from './gradients.js'

/** Options of `clipGradNorm`. */
export interface ClipGradNormOptions {
  /** Order of the norm: a number above 0, or Infinity for the largest element. Default 2. */
  readonly normType?: number
}

/**
 * Scales the gradients of all parameters down together, so that the norm of all their elements is at most `maxNorm`:
 * g ← g · min(1, maxNorm / (‖g‖ + 1e-6)). Nothing is read to the host, so it may stand inside a compiled step.
 *
 * @param params - the parameters; those without a gradient are passed over
 * @param maxNorm - the largest norm
 * @param options - `normType` (default 2)
 * @returns the norm before clipping, a scalar tensor; 0 without gradients
 * @throws ArgumentError for things that are no parameters, or numbers outside their domain
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
 * @see Pascanu et al., On the difficulty of training recurrent neural networks, 2013
 *
 * @example
 * ```ts
 * import { Parameter } from '@chainrule/autograd'
 * import { clipGradNorm } from '@chainrule/optimizers'
 * import { tensor } from '@chainrule/tensor'
 * const weight = new Parameter([0, 0])
 * weight.mul(tensor([3, 4])).sum().backward()
 * console.log(String(clipGradNorm([weight], 1))) // tensor(5, float32)
 * console.log(String(weight.grad)) // tensor([0.6, 0.8], float32)
 * ```
 */
export const clipGradNorm = (
  params: Parameters,
  maxNorm: number,
  { normType = 2 }: ClipGradNormOptions = {},
): Tensor => {
  const parameters = parametersOf(params, 'clipGradNorm')
  if (!(maxNorm >= 0) || !(normType > 0)) {
    throw new ArgumentError(
      `clipGradNorm: got maxNorm ${String(maxNorm)} and normType ${String(normType)}, expected at least 0, and a number above 0 or Infinity.`,
    )
  }
  return withoutGradients(() => {
    const { total, updates } = scope(() => {
      const held = gradientsOf(parameters)
      if (held.length === 0) return { total: zeros([]), updates: [] }
      const total = norm(stack(held.map(({ gradient }) => norm(gradient, { p: normType }))), { p: normType })
      const factor = total.add(1e-6).reciprocal().mul(maxNorm).minimum(1)
      const updates = held.map(({ parameter, gradient }) => ({
        parameter,
        gradient: gradient.mul(factor.to(gradient.dtype)),
      }))
      return { total, updates }
    })
    replaceGradients(updates)
    return total
  })
}
