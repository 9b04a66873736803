import { applyOne, type OpAttributes } from '@chainrule/tensor'
import type { GradientRule } from '../gradient-rule.js'

type Operation = OpAttributes['pool']['operation']

/** Pooling is linear once the choices are made; each operation's adjoint is another one. */
const adjoint: Record<Operation, Operation> = {
  max: 'maxGradient',
  maxGradient: 'maxTake',
  maxTake: 'maxGradient',
  average: 'averageGradient',
  averageGradient: 'average',
}

/** Gradients of pooling and of its gradients, to any order. */
export const poolGradient: GradientRule<'pool'> = {
  saves: ({ operation }) => {
    if (operation === 'max') return { outputs: [1] }
    return operation === 'maxGradient' || operation === 'maxTake' ? { inputs: [1] } : {}
  },
  vjp: ({ attributes, input, output }, [gradient]) => {
    if (gradient === undefined) return [undefined, undefined]
    const { operation } = attributes
    const average = operation === 'average' || operation === 'averageGradient'
    const choice = average ? [] : [operation === 'max' ? output(1) : input(1)]
    return [applyOne('pool', [gradient, ...choice], { ...attributes, operation: adjoint[operation] }), undefined]
  },
}
