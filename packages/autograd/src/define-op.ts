import { applyComposite, ArgumentError, type Composite, GradientError, Tensor } from '@chainrule/tensor'

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

const asList = <T>(one: Tensor | readonly T[]): readonly (Tensor | T)[] => (one instanceof Tensor ? [one] : one)

const checkedGradients = (
  name: string,
  inputs: readonly Tensor[],
  given: CustomGradients,
): readonly (Tensor | undefined)[] => {
  const list = asList(given)
  if (list.length !== inputs.length) {
    throw new GradientError(
      `${name}: got ${list.length} gradients from its backward, expected one for each of its ${inputs.length} inputs. ` +
        'Return undefined where none flows.',
    )
  }
  list.forEach((gradient, place) => {
    const input = inputs[place]
    if (gradient !== undefined && input !== undefined && String(gradient.shape) !== String(input.shape)) {
      throw new GradientError(
        `${name}: its backward gave a gradient of [${gradient.shape.join(', ')}] for input ${place}, expected the input's shape ` +
          `[${input.shape.join(', ')}].`,
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
      const outputs = asList(result)
      if (outputs.length === 0 || !outputs.every((output) => output instanceof Tensor)) {
        throw new ArgumentError(`${name}: its forward returned no tensor, expected a tensor or a list of tensors.`)
      }
      return outputs
    },
    vjp: ({ inputs, outputs, needs }, gradients) => {
      const known = present(outputs)
      const full = gradients.map((gradient, place) => gradient ?? known[place]?.mul(0))
      const context = { inputs: present(inputs), outputs: known, needs }
      return checkedGradients(name, context.inputs, backward(context, ...present(full)))
    },
    jvp: ({ inputs, outputs, needs }, tangents) => {
      if (jvp === undefined) {
        throw new GradientError(
          `${name}: got a forward-mode derivative, expected the op to define one. Add jvp to defineOp, or use reverse mode.`,
        )
      }
      return asList(jvp({ inputs: present(inputs), outputs: present(outputs), needs }, ...tangents))
    },
  }
  return (...inputs) => {
    const outputs = applyComposite(composite, inputs, undefined)
    return (single ? outputs[0] : outputs) as Output
  }
}
