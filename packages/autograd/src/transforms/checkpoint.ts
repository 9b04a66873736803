import { applyComposite, type Composite, type Tensor } from '@chainrule/tensor'
import { fillTensors } from '../fill-tensors.js'
import { Recomputation } from '../recomputation.js'

/**
 * A function whose inner values are computed again in the backward pass instead of kept: memory for time (Chen et al.,
 * 2016). Random numbers are the same both times, and variables that it assigns (running statistics) change once. Parameters and
 * other tensors from outside that it uses get their gradients; tensors that are neither parameters nor arguments have to
 * live until the backward pass.
 *
 * @param f - a function of tensors (in arrays and objects) to tensors
 * @returns a function with the same values and gradients
 * @throws GradientError in backward when a variable that f reads was assigned in between
 * @see https://arxiv.org/abs/1604.06174
 *
 * @example
 * ```ts
 * import { checkpoint, grad } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const block = checkpoint((x) => x.sin().exp())
 * console.log(String(grad((x) => block(x))(tensor(0)))) // tensor(1, float32)
 * ```
 */
export function checkpoint<F extends (x: Tensor) => unknown>(f: F): F
/** The same of any arguments. */
export function checkpoint<Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
): (...args: Args) => Result
export function checkpoint<Result>(f: (...args: never[]) => Result): (...args: never[]) => Result {
  return (...args) => {
    const recomputation = new Recomputation(f, args)
    const { structure, operands, results } = recomputation.run()
    return fillTensors(structure, applyComposite(compositeOf(recomputation, results), operands, undefined))
  }
}

/** Gives the results of the first run once, and from then on those of another run. */
const compositeOf = (
  recomputation: Recomputation<readonly never[], unknown>,
  results: readonly Tensor[],
): Composite => {
  let first: readonly Tensor[] | undefined = results
  return {
    name: 'checkpoint',
    meaning: (inputs) => {
      const known = first
      first = undefined
      return known ?? recomputation.runAgain(inputs)
    },
  }
}
