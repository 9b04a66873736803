import {
  applyOne,
  broadcastTo,
  type Expression,
  input,
  inputsOf,
  isFloating,
  type MapStructure,
  scalarOps,
  substitute,
  type Tensor,
} from '@chainrule/tensor'
import type { TangentRule } from '../gradient-rule.js'
import { mapPartials } from '../gradients/map.js'

/** Σ tangent · partial as one map: of the tangents there are, then the inputs that the partials read. */
interface Combination {
  readonly structure: MapStructure
  readonly inputs: readonly number[]
}

const cache = new WeakMap<MapStructure, Map<string, Combination | undefined>>()

const combine = (
  structure: MapStructure,
  partials: readonly (Expression | undefined)[],
  present: readonly number[],
): Combination | undefined => {
  const [root] = structure.outputs
  if (root === undefined || !isFloating(root.dtype)) return undefined
  const count = structure.inputs.length
  const terms = present.flatMap((place): Expression[] => {
    const partial = partials[place]
    const dtype = structure.inputs[place]
    if (partial === undefined || dtype === undefined) return []
    const tangent = scalarOps.cast(input(count + place, dtype), root.dtype)
    const factor = scalarOps.cast(partial, root.dtype)
    return [factor.kind === 'constant' && factor.value === 1 ? tangent : scalarOps.mul(tangent, factor)]
  })
  const [first, ...others] = terms
  if (first === undefined) return undefined
  const total = others.reduce(scalarOps.add, first)
  const used = inputsOf(total)
  const renumbered = substitute(total, (node) =>
    node.kind === 'input' ? input(used.indexOf(node.input), node.dtype) : undefined,
  )
  return {
    structure: { inputs: used.map((place) => structure.inputs[place % count] ?? root.dtype), outputs: [renumbered] },
    inputs: used,
  }
}

/** Tangents through any elementwise op: the symbolic partials of its expression times the tangents, in one map. */
export const mapTangent: TangentRule<'map'> = ({ attributes, inputs }, tangents) => {
  const { structure } = attributes
  const present = tangents.flatMap((tangent, place) => (tangent === undefined ? [] : [place]))
  const known = cache.get(structure) ?? new Map<string, Combination | undefined>()
  cache.set(structure, known)
  const key = present.join()
  if (!known.has(key)) known.set(key, combine(structure, mapPartials(attributes), present))
  const combination = known.get(key)
  if (combination === undefined) return [undefined]
  const count = inputs.length
  const operands = combination.inputs.flatMap((place): Tensor[] => {
    const tensor = place < count ? inputs[place] : tangents[place - count]
    return tensor === undefined ? [] : [tensor]
  })
  return [
    broadcastTo(
      applyOne('map', operands, {
        name: `${attributes.name}Tangent`,
        shape: attributes.shape,
        structure: combination.structure,
        cells: attributes.cells,
      }),
      attributes.shape,
    ),
  ]
}
