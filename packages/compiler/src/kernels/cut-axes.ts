import {
  type Access,
  constant,
  type Expression,
  index,
  type MapKernel,
  type RowKernel,
  scalarOps,
  type Space,
  substitute,
} from '@chainrule/tensor'
import { cutStrides, type Factors } from './align.js'

/** The coordinate of a cut axis from those of its factors. */
const cutIndex = (factors: readonly Factors[]): ((node: Expression) => Expression | undefined) => {
  const starts: number[] = []
  let place = 0
  for (const list of factors) {
    starts.push(place)
    place += list.length
  }
  return (node) => {
    if (node.kind !== 'index') return undefined
    const list = factors[node.axis] ?? []
    return list.reduce<Expression>(
      (sum, length, within) =>
        scalarOps.add(scalarOps.mul(sum, constant(length, 'int32')), index((starts[node.axis] ?? 0) + within)),
      constant(0, 'int32'),
    )
  }
}

const isUncut = (factors: readonly Factors[]): boolean => factors.every((list) => list.length === 1)

const cutAccess =
  (factors: readonly Factors[]) =>
  ({ strides, offset }: Access): Access => ({ strides: cutStrides(strides, factors.slice(0, strides.length)), offset })

const cutSpace = <S extends Space>(space: S, factors: readonly Factors[]): S => ({
  ...space,
  shape: factors.flat(),
  inputs: space.inputs.map(cutAccess(factors)),
  outputs: space.outputs.map(cutAccess(factors)),
})

/** A map kernel with its axes cut into factors; it computes the same. */
export const cutMap = (kernel: MapKernel, factors: readonly Factors[]): MapKernel => {
  if (isUncut(factors)) return kernel
  const replace = cutIndex(factors)
  return {
    ...kernel,
    structure: { ...kernel.structure, outputs: kernel.structure.outputs.map((root) => substitute(root, replace)) },
    spaces: kernel.spaces.map((space) => cutSpace(space, factors)),
  }
}

/** A row kernel with its axes cut into factors; it computes the same. */
export const cutRow = (kernel: RowKernel, factors: readonly Factors[]): RowKernel => {
  if (isUncut(factors)) return kernel
  const replace = cutIndex(factors)
  const { stages, outputs } = kernel.structure
  return {
    ...kernel,
    structure: {
      ...kernel.structure,
      stages: stages.map((stage) => ({ ...stage, expression: substitute(stage.expression, replace) })),
      outputs: outputs.map((output) => ({ ...output, expression: substitute(output.expression, replace) })),
    },
    spaces: kernel.spaces.map((space) => ({
      ...cutSpace(space, factors),
      kept: factors.slice(0, space.kept).flat().length,
    })),
  }
}
