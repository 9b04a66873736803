import { add, apply, type OpAttributes, type OpName, type Tensor } from '@chainrule/tensor'

/** Ops that are linear in each of two operands: op(ẋ, y) + op(x, ẏ). */
export const bilinearTangent = <Name extends OpName>(
  event: { readonly op: Name; readonly inputs: readonly Tensor[]; readonly attributes: OpAttributes[Name] },
  [left, right]: readonly (Tensor | undefined)[],
): readonly (Tensor | undefined)[] => {
  const [x, y] = event.inputs
  if (x === undefined || y === undefined) return [undefined]
  const first = left && apply(event.op, [left, y], event.attributes)[0]
  const second = right && apply(event.op, [x, right], event.attributes)[0]
  return [first && second ? add(first, second) : (first ?? second)]
}
