import { refuseAsync, withoutGradients } from '@chainrule/tensor'

/**
 * Runs a function without recording gradients: its results have no graph.
 *
 * @param run - the function; not async
 * @returns its result
 * @throws ScopeError when the function is async
 * @see https://pytorch.org/docs/stable/generated/torch.no_grad.html
 *
 * @example
 * ```ts
 * import { noGrad, Parameter } from '@chainrule/autograd'
 * const x = new Parameter([1])
 * console.log(noGrad(() => x.mul(2)).requiresGrad) // false
 * ```
 */
export const noGrad = <T>(run: () => T): T =>
  withoutGradients(() => {
    const result = run()
    refuseAsync('noGrad', result)
    return result
  })
