import { type Expression, sameShape, type GraphNode, type OpAttributes, type Value } from '@chainrule/tensor'
import type { PassGraph, Rewrite } from './pass.js'
import { replaceValues } from './replace-values.js'
import { simplifyExpression } from './simplify-expression.js'

/** The number in a cell's slot, where it is the same at every replay. */
export type FixedCells = (slot: number) => number | undefined

/** What an elementwise node's only output is once inputs and cells of known numbers are put in. */
const expressionOf = (
  node: GraphNode,
  slots: readonly number[],
  fixed: FixedCells,
  fills: ReadonlyMap<Value, number>,
): Expression | undefined => {
  if (node.op !== 'map' || node.outputs.length !== 1) return undefined
  const [root] = (node.attributes as OpAttributes['map']).structure.outputs
  return (
    root &&
    simplifyExpression(root, (leaf) => {
      if (leaf.kind === 'cell') return fixed(slots[leaf.cell] ?? -1)
      const value = node.inputs[leaf.input]
      return value && fills.get(value)
    })
  )
}

const isOrdered = (axes: readonly number[]): boolean => axes.every((axis, place) => axis === place)

/** The value that a node only passes on, bit for bit. */
const passedOn = (node: GraphNode, expression: Expression | undefined): Value | undefined => {
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
      const value = expression?.kind === 'input' ? node.inputs[expression.input] : undefined
      return value && sameShape(value.shape, output.shape) && value.dtype === output.dtype ? value : undefined
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

/** Ops that only rearrange: of a fill they give a fill. */
const rearranging: ReadonlySet<string> = new Set(['identity', 'reshape', 'broadcastTo', 'permute', 'slice'])

/**
 * Drops ops that only pass their input on, such as a product with a tensor of ones (the seed of every gradient).
 *
 * @param graph - the graph
 * @param fixed - tells which cells are the same at every replay
 * @returns the graph without them
 */
export const simplify = (graph: PassGraph, fixed: FixedCells): Rewrite => {
  const fills = new Map<Value, number>()
  return replaceValues(graph, (node, slots) => {
    const expression = expressionOf(node, slots, fixed, fills)
    const [input] = node.inputs
    const value = passedOn(node, expression)
    if (value !== undefined) return [value]
    const filled = rearranging.has(node.op) && input !== undefined ? fills.get(input) : undefined
    const number = expression?.kind === 'constant' ? expression.value : filled
    if (number !== undefined) for (const output of node.outputs) fills.set(output, number)
    return undefined
  })
}
