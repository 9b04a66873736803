import { ArgumentError, scope, withoutGradients } from '@chainrule/tensor'
import { type Parameters, parametersOf } from '../parameter-list.js'
import { gradientsOf, replaceGradients } from './gradients.js'

/**
 * Limits each element of the gradients to −value … value. Nothing is read to the host, so it may stand inside a compiled step.
 *
 * @param params - the parameters; those without a gradient are passed over
 * @param value - the largest magnitude
 * @throws ArgumentError for things that are no parameters, or a value that is negative
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html
 *
 * @example
 * ```ts
 * import { Parameter } from '@chainrule/autograd'
 * import { clipGradValue } from '@chainrule/optimizers'
 * import { tensor } from '@chainrule/tensor'
 * const weight = new Parameter([0, 0])
 * weight.mul(tensor([3, -0.5])).sum().backward()
 * clipGradValue([weight], 1)
 * console.log(String(weight.grad)) // tensor([1, -0.5], float32)
 * ```
 */
export const clipGradValue = (params: Parameters, value: number): void => {
  const parameters = parametersOf(params, 'clipGradValue')
  if (!(value >= 0)) throw new ArgumentError(`clipGradValue: got ${String(value)}, expected a number of at least 0.`)
  withoutGradients(() => {
    const updates = scope(() =>
      gradientsOf(parameters).map(({ parameter, gradient }) => ({
        parameter,
        gradient: gradient.clamp(-value, value),
      })),
    )
    replaceGradients(updates)
  })
}
