import type { TangentRule } from '../gradient-rule.js'

/** A composite's own tangent where it has one, else that of its meaning. */
export const compositeTangent: TangentRule<'composite'> = ({ inputs, outputs, attributes }, tangents, pushForward) => {
  const { composite, options } = attributes
  if (composite.jvp !== undefined) {
    const needs = tangents.map((tangent) => tangent !== undefined)
    return composite.jvp({ options, inputs, outputs, needs }, tangents)
  }
  return pushForward((operands) => composite.meaning(operands, options), inputs, tangents)
}
