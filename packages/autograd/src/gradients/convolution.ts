import { applyOne, type OpAttributes, type Tensor } from '@chainrule/tensor'
import type { GradientRule } from '../gradient-rule.js'

type Direction = OpAttributes['convolution']['direction']

/**
 * Convolution is linear in each operand, so its gradients are convolutions again: with x the input, w the weight and y
 * the output (or their gradients), forward takes (x, w), inputGradient (y, w), weightGradient (y, x). Each entry names,
 * for both operands, the direction and its own operands: g is the gradient, a and b the saved operands.
 */
const adjoints: Record<Direction, readonly [left: [Direction, 'gb' | 'bg'], right: [Direction, 'ga' | 'ag']]> = {
  forward: [
    ['inputGradient', 'gb'],
    ['weightGradient', 'ga'],
  ],
  inputGradient: [
    ['forward', 'gb'],
    ['weightGradient', 'ag'],
  ],
  weightGradient: [
    ['forward', 'bg'],
    ['inputGradient', 'ag'],
  ],
}

/** Gradients of convolution and of its gradients, to any order. */
export const convolutionGradient: GradientRule<'convolution'> = {
  saves: (_, [left, right]) => ({ inputs: [...(right ? [0] : []), ...(left ? [1] : [])] }),
  vjp: ({ attributes, needs, input }, [gradient]) => {
    if (gradient === undefined) return [undefined, undefined]
    const operand = { a: () => input(0), b: () => input(1), g: () => gradient }
    return adjoints[attributes.direction].map(([direction, order], place): Tensor | undefined => {
      if (!needs[place]) return undefined
      const operands = [...order].map((name) => operand[name as 'a' | 'b' | 'g']())
      return applyOne('convolution', operands, { ...attributes, direction })
    })
  },
}
