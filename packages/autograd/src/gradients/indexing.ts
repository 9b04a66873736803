import { applyOne, zeros } from '@chainrule/tensor'
import type { GradientRule } from '../gradient-rule.js'

/** Adds each gradient where its element was read. */
export const gatherGradient: GradientRule<'gather'> = {
  saves: () => ({ inputs: [1] }),
  vjp: ({ attributes, inputs: [source], input }, [gradient]) => {
    if (gradient === undefined || source === undefined) return [undefined, undefined]
    const base = zeros(source.shape, { dtype: source.dtype, device: gradient.device })
    return [applyOne('scatterAdd', [base, input(1), gradient], attributes), undefined]
  },
}

/** The base passes the gradient on; the source reads it where it was added. */
export const scatterAddGradient: GradientRule<'scatterAdd'> = {
  saves: (_, needs) => (needs[2] ? { inputs: [1] } : {}),
  vjp: ({ attributes, needs, input }, [gradient]) => [
    gradient,
    undefined,
    gradient && needs[2] ? applyOne('gather', [gradient, input(1)], attributes) : undefined,
  ],
}
