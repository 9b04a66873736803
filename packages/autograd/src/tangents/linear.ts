import { apply, type OpAttributes, type OpName, type Tensor, zerosLike } from '@chainrule/tensor'
import type { TangentRule } from '../gradient-rule.js'

/** Ops that are linear in their only floating operand: the same op of the tangent. */
export const sameOfTangent =
  <Name extends OpName>(linear: (attributes: OpAttributes[Name]) => OpAttributes[Name] = (same) => same) =>
  (
    event: { readonly op: Name; readonly inputs: readonly Tensor[]; readonly attributes: OpAttributes[Name] },
    [tangent]: readonly (Tensor | undefined)[],
  ): readonly (Tensor | undefined)[] =>
    tangent === undefined ? [undefined] : apply(event.op, [tangent, ...event.inputs.slice(1)], linear(event.attributes))

/** Concatenation is linear in all operands together. */
export const concatTangent: TangentRule<'concat'> = ({ inputs, attributes }, tangents) =>
  apply(
    'concat',
    inputs.map((tensor, place) => tangents[place] ?? zerosLike(tensor)),
    attributes,
  )

/** Linear in base and source together. */
export const scatterAddTangent: TangentRule<'scatterAdd'> = ({ inputs, attributes }, [base, , source]) => {
  const [x, index, added] = inputs
  if (x === undefined || index === undefined || added === undefined) return [undefined]
  if (source === undefined) return [base]
  return apply('scatterAdd', [base ?? zerosLike(x), index, source], attributes)
}
