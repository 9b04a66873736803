import { sameShape, type GraphNode, type OpAttributes, type Value } from '@chainrule/tensor'
import type { PassGraph, Rewrite } from './pass.js'
import { replaceValues } from './replace-values.js'

const isOrdered = (axes: readonly number[]): boolean => axes.every((axis, place) => axis === place)

/** The value that a node only passes on, bit for bit; nothing that rounds, and nothing that changes the sign of zero. */
const passedOn = (node: GraphNode): Value | undefined => {
  const [input] = node.inputs
  const [output] = node.outputs
  if (input === undefined || output === undefined) return undefined
  const same = sameShape(input.shape, output.shape) && input.dtype === output.dtype
  switch (node.op) {
    case 'identity':
    case 'reshape':
    case 'broadcastTo':
      return same ? input : undefined
    case 'permute':
      return isOrdered((node.attributes as OpAttributes['permute']).axes) ? input : undefined
    case 'slice': {
      const { starts, steps } = node.attributes as OpAttributes['slice']
      return same && starts.every((start) => start === 0) && steps.every((step) => step === 1) ? input : undefined
    }
    case 'map': {
      const { structure } = node.attributes as OpAttributes['map']
      const [only] = structure.outputs
      return node.outputs.length === 1 && only?.kind === 'input' && same ? node.inputs[only.input] : undefined
    }
    case 'concat':
      return node.inputs.length === 1 ? input : undefined
    case 'reduce':
    case 'argReduce':
    case 'matmul':
    case 'pad':
    case 'gather':
    case 'scatterAdd':
    case 'convolution':
    case 'pool':
    case 'scan':
    case 'sort':
    case 'random':
    case 'composite':
      return undefined
  }
}

/** Drops ops that only pass their input on. */
export const simplify = (graph: PassGraph): Rewrite =>
  replaceValues(graph, (node) => {
    const value = passedOn(node)
    return value === undefined ? undefined : [value]
  })
