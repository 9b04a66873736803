import type { Tensor } from '@chainrule/tensor'
import type { Parameter } from '@chainrule/autograd'

/** A parameter with a gradient. */
export interface HeldGradient {
  readonly parameter: Parameter
  readonly gradient: Tensor
}

/** The parameters that have a gradient, with it. */
export const gradientsOf = (parameters: readonly Parameter[]): readonly HeldGradient[] =>
  parameters.flatMap((parameter): readonly HeldGradient[] => {
    const gradient = parameter.grad
    return gradient === undefined ? [] : [{ parameter, gradient }]
  })

/** Puts other gradients in place. Outside the scope that computed them: handles on the old ones may still be in use. */
export const replaceGradients = (updates: readonly HeldGradient[]): void => {
  for (const { parameter, gradient } of updates) parameter.grad = gradient
}
