import {
  applyComposite,
  ArgumentError,
  type Composite,
  GradientError,
  isFloating,
  sameShape,
  showShape,
  Tensor,
  zerosLike,
} from '@chainrule/tensor'

/** What the derivative of a custom op is given. */
export interface CustomContext {
  /** The inputs of the forward pass. */
  readonly inputs: readonly Tensor[]
  /** The outputs of the forward pass. */
  readonly outputs: readonly Tensor[]
  /** Which inputs need a gradient. */
  readonly needs: readonly boolean[]
}

/** One gradient, or one for each input; undefined where none flows. */
export type CustomGradients = Tensor | readonly (Tensor | undefined)[]

/** A custom op: its value and its derivative, side by side. */
export interface OpSpecification<Inputs extends readonly Tensor[], Output extends Tensor | readonly Tensor[]> {
  /** Name in graphs and messages. */
  readonly name: string
  /** The value. It is not differentiated, so it may read data and compute on the host. */
  readonly forward: (...inputs: Inputs) => Output
  /** Gradients of the inputs from the gradient of each output. Written with ops, it can be differentiated again. */
  readonly backward: (context: CustomContext, ...gradients: Tensor[]) => CustomGradients
  /** Tangent of the output from the tangents of the inputs (zero tangents are undefined). */
  readonly jvp?: (context: CustomContext, ...tangents: (Tensor | undefined)[]) => CustomGradients
}

/** Forward-mode differentiation through an op of `defineOp` that has no `jvp`. Code `GRADIENT`. */
export class MissingJvpError extends GradientError {}

const asList = <T>(one: Tensor | readonly T[]): readonly (Tensor | T)[] => (one instanceof Tensor ? [one] : one)

/** The gradients of the inputs or the tangents of the outputs, if there is one of the right kind for each. */
const checkedDerivatives = (
  name: string,
  from: 'backward' | 'jvp',
  derivative: 'gradient' | 'tangent',
  targets: readonly Tensor[],
  given: CustomGradients,
): readonly (Tensor | undefined)[] => {
  const list = asList(given)
  const target = derivative === 'gradient' ? 'input' : 'output'
  if (list.length !== targets.length) {
    throw new GradientError(
      `${name}: got ${list.length} ${derivative}s from its ${from}, expected one for each of its ${targets.length} ${target}s. ` +
        'Return undefined where none flows.',
    )
  }
  list.forEach((each, place) => {
    const like = targets[place]
    if (each === undefined || like === undefined) return
    if (!sameShape(each.shape, like.shape) || (isFloating(like.dtype) && each.dtype !== like.dtype)) {
      throw new GradientError(
        `${name}: got a ${derivative} of ${each.dtype} ${showShape(each.shape)} from its ${from}, expected that of ${target} ${place}, ` +
          `${like.dtype} ${showShape(like.shape)}. Sum over broadcast axes, or convert.`,
      )
    }
  })
  return list
}

const present = (list: readonly (Tensor | undefined)[]): Tensor[] => list.filter((tensor) => tensor !== undefined)

/**
 * Makes an op of its own value and derivative: the forward/backward gate of the textbooks.
 *
 * @param specification - `name`, `forward`, `backward`, perhaps `jvp`
 * @returns a function of tensors
 * @throws ArgumentError when `forward` gives no tensor; GradientError when `backward` or `jvp` gives derivatives of another
 *   number, shape or dtype, and in forward mode without `jvp`
 * @see https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function
 *
 * @example
 * ```ts
 * import { defineOp, grad } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const multiply = defineOp({
 *   name: 'multiply',
 *   forward: (x, y) => x.mul(y),
 *   backward: ({ inputs: [x, y] }, dz) => [dz.mul(y), dz.mul(x)],
 * })
 * console.log(String(grad((x) => multiply(x, tensor(4)))(tensor(3)))) // tensor(4, float32)
 * ```
 */
export const defineOp = <Inputs extends readonly Tensor[], Output extends Tensor | readonly Tensor[]>(
  specification: OpSpecification<Inputs, Output>,
): ((...inputs: Inputs) => Output) => {
  const { name, forward, backward, jvp } = specification
  let single = true
  const composite: Composite = {
    name,
    meaning: (inputs) => {
      const result = forward(...(inputs as unknown as Inputs))
      single = result instanceof Tensor
      const outputs: unknown = asList(result)
      if (!Array.isArray(outputs) || outputs.length === 0 || !outputs.every((output) => output instanceof Tensor)) {
        throw new ArgumentError(`${name}: its forward returned no tensor, expected a tensor or a list of tensors.`)
      }
      return outputs
    },
    vjp: ({ inputs, outputs, needs }, gradients) => {
      const context = { inputs: present(inputs), outputs: present(outputs), needs }
      const full = context.outputs.map((output, place) => gradients[place] ?? zerosLike(output))
      return checkedDerivatives(name, 'backward', 'gradient', context.inputs, backward(context, ...full))
    },
    jvp: ({ inputs, outputs, needs }, tangents) => {
      if (jvp === undefined) {
        throw new MissingJvpError(
          `${name}: got a forward-mode derivative, expected the op to define one. Add jvp to defineOp, or use reverse mode.`,
        )
      }
      const context = { inputs: present(inputs), outputs: present(outputs), needs }
      return checkedDerivatives(name, 'jvp', 'tangent', context.outputs, jvp(context, ...tangents))
    },
  }
  const run = (...inputs: Inputs): Output => {
    const outputs = applyComposite(composite, inputs, undefined)
    return (single ? outputs[0] : outputs) as Output
  }
  return Object.defineProperty(run, 'name', { value: name })
}
