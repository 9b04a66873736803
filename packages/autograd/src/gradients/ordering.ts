import { applyOne, zeros } from '@chainrule/tensor'
import type { GradientRule } from '../gradient-rule.js'

/** A running sum's adjoint runs the other way. */
export const scanGradient: GradientRule<'scan'> = {
  vjp: ({ attributes }, [gradient]) => [
    gradient && applyOne('scan', [gradient], { ...attributes, reverse: !attributes.reverse }),
  ],
}

/** Each value's gradient goes back to the place it came from. */
export const sortGradient: GradientRule<'sort'> = {
  saves: () => ({ outputs: [1] }),
  vjp: ({ attributes: { axis }, inputs: [spec], output }, [gradient]) => {
    if (gradient === undefined || spec === undefined) return [undefined]
    const base = zeros(spec.shape, { dtype: spec.dtype, device: gradient.device })
    return [applyOne('scatterAdd', [base, output(1), gradient], { mode: 'along', axis })]
  },
}
