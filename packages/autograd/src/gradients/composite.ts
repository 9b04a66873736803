import type { OpAttributes } from '@chainrule/tensor'
import type { GradientRule, Residuals } from '../gradient-rule.js'

const every = (list: readonly unknown[]): readonly number[] => list.map((_, place) => place)

const savesOf = ({ composite }: OpAttributes['composite'], needs: readonly boolean[]): Residuals =>
  // The meaning is run again from all inputs.
  composite.vjp === undefined ? { inputs: every(needs) } : (composite.saves ?? { inputs: every(needs), outputs: 'all' })

/** A composite's own derivative where it has one, else that of its meaning. */
export const compositeGradient: GradientRule<'composite'> = {
  saves: savesOf,
  vjp: (context, gradients) => {
    const { attributes, inputs, outputs, needs } = context
    const { composite, options } = attributes
    const saved = savesOf(attributes, needs)
    const kept = <T>(list: readonly unknown[], places: Residuals['outputs'], read: (place: number) => T) =>
      list.map((_, place) => (places === 'all' || places?.includes(place) ? read(place) : undefined))
    if (composite.vjp !== undefined) {
      return composite.vjp(
        {
          options,
          needs,
          inputs: kept(inputs, saved.inputs, context.input),
          outputs: kept(outputs, saved.outputs, context.output),
        },
        gradients,
      )
    }
    const tensors = inputs.map((_, place) => context.input(place))
    return context.pullBack((operands) => composite.meaning(operands, options), tensors, needs, gradients)
  },
}
