import {
  applyOne,
  differentiate,
  type Expression,
  identityOf,
  input,
  inputsOf,
  isFloating,
  type MapStructure,
  type OpAttributes,
  partialsOf,
  scalarOps,
  substitute,
  type Tensor,
} from '@chainrule/tensor'
import type { GradientRule } from '../gradient-rule.js'
import { sumTo } from '../sum-to.js'

/** The gradient of one input as a map: of the output's gradient, then the inputs it reads, then perhaps the output. */
interface InputGradient {
  readonly structure: MapStructure
  readonly inputs: readonly number[]
  readonly readsOutput: boolean
}

const cache = new WeakMap<MapStructure, (InputGradient | undefined)[]>()

/** ∂L/∂(input) as an expression with the output's gradient at `seed`, by hand-written partial or the chain rule. */
const gradientExpression = (
  { structure, partials }: Pick<OpAttributes['map'], 'structure' | 'partials'>,
  place: number,
  seed: Expression,
): Expression | undefined => {
  const [root] = structure.outputs
  const dtype = structure.inputs[place]
  if (root === undefined || dtype === undefined || !isFloating(root.dtype)) return undefined
  if (partials === undefined) return differentiate(root, seed).get(place)
  const partial = partials[place]
  return partial && scalarOps.cast(scalarOps.mul(seed, scalarOps.cast(partial, root.dtype)), dtype)
}

const derive = (
  attributes: Pick<OpAttributes['map'], 'structure' | 'partials'>,
  place: number,
): InputGradient | undefined => {
  const { inputs, outputs } = attributes.structure
  const [root] = outputs
  if (root === undefined) return undefined
  const gradientPlace = inputs.length
  const outputPlace = inputs.length + 1
  const expression = gradientExpression(attributes, place, input(gradientPlace, root.dtype))
  if (expression === undefined) return undefined
  // The forward result is at hand, so it need not be computed again from the inputs.
  const identity = identityOf(root)
  const reused =
    root.kind === 'scalar'
      ? substitute(expression, (node) => (identityOf(node) === identity ? input(outputPlace, root.dtype) : undefined))
      : expression
  const used = inputsOf(reused)
  const residuals = used.filter((number) => number < gradientPlace)
  const order = [gradientPlace, ...residuals, ...(used.includes(outputPlace) ? [outputPlace] : [])]
  const renumbered = substitute(reused, (node) =>
    node.kind === 'input' ? input(order.indexOf(node.input), node.dtype) : undefined,
  )
  const dtypeOf = (number: number) => (number < gradientPlace ? (inputs[number] ?? root.dtype) : root.dtype)
  return {
    structure: { inputs: order.map(dtypeOf), outputs: [renumbered] },
    inputs: residuals,
    readsOutput: used.includes(outputPlace),
  }
}

/** The gradient of input `place`, derived once for each structure. */
const inputGradient = (attributes: OpAttributes['map'], place: number): InputGradient | undefined => {
  const { structure } = attributes
  let known = cache.get(structure)
  if (known === undefined) cache.set(structure, (known = structure.inputs.map((_, each) => derive(attributes, each))))
  return known[place]
}

/**
 * Gradients of any elementwise op: the symbolic derivative of its expression times the output's gradient, as a map of
 * its own, summed over broadcast axes.
 */
export const mapGradient: GradientRule<'map'> = {
  saves: (attributes, needs) => {
    const wanted = needs.map((needed, place) => (needed ? inputGradient(attributes, place) : undefined))
    return {
      inputs: [...new Set(wanted.flatMap((gradient) => gradient?.inputs ?? []))],
      outputs: wanted.some((gradient) => gradient?.readsOutput) ? [0] : [],
    }
  },
  vjp: ({ attributes, inputs, needs, input: saved, output }, [gradient]) =>
    needs.map((needed, place): Tensor | undefined => {
      const rule = needed ? inputGradient(attributes, place) : undefined
      const spec = inputs[place]
      if (rule === undefined || gradient === undefined || spec === undefined) return undefined
      if (rule.structure.outputs[0]?.kind === 'input') return sumTo(gradient, spec.shape)
      const operands = [gradient, ...rule.inputs.map(saved), ...(rule.readsOutput ? [output(0)] : [])]
      const full = applyOne('map', operands, {
        name: `${attributes.name}Gradient`,
        shape: attributes.shape,
        structure: rule.structure,
        cells: attributes.cells,
      })
      return sumTo(full, spec.shape)
    }),
}

/** Partials by input of a map's only output, hand-written ones first. */
export const mapPartials = ({ structure, partials }: OpAttributes['map']): readonly (Expression | undefined)[] => {
  const [root] = structure.outputs
  return partials ?? (root === undefined ? [] : partialsOf(root, structure.inputs.length))
}
