import { apply, applyOne, mul, sum } from '@chainrule/tensor'
import type { TangentRule } from '../gradient-rule.js'
import { shareOfExtreme } from '../gradients/reduction.js'

/** sum is linear; max and min average the tangents of the elements that share the extreme. */
export const reduceTangent: TangentRule<'reduce'> = ({ inputs: [x], outputs: [y], attributes }, [tangent]) => {
  if (tangent === undefined || x === undefined || y === undefined) return [undefined]
  const { reduction, axes, keepDims } = attributes
  if (reduction === 'sum') return apply('reduce', [tangent], attributes)
  return [sum(mul(tangent, shareOfExtreme(x, y, axes)), axes, { keepDims })]
}

/** The tangents at the chosen places; every other operation of pooling is linear. */
export const poolTangent: TangentRule<'pool'> = ({ inputs, outputs, attributes }, [tangent]) => {
  if (tangent === undefined) return [undefined]
  const choice = outputs[1]
  if (attributes.operation === 'max' && choice !== undefined) {
    return apply('pool', [tangent, choice], { ...attributes, operation: 'maxTake' })
  }
  return apply('pool', [tangent, ...inputs.slice(1)], attributes)
}

/** The tangents in the order of the values. */
export const sortTangent: TangentRule<'sort'> = ({ outputs: [, places], attributes: { axis } }, [tangent]) =>
  tangent === undefined || places === undefined
    ? [undefined]
    : [applyOne('gather', [tangent, places], { mode: 'along', axis })]
