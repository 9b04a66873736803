import { GraphNode, type Value } from '@chainrule/tensor'
import type { PassGraph, Rewrite } from './pass.js'

/**
 * Walks the nodes in order and rebuilds those whose inputs changed; `decide` may give other values for a node's outputs, and
 * the node then goes away.
 */
export const replaceValues = (
  graph: PassGraph,
  decide: (node: GraphNode, slots: readonly number[]) => readonly Value[] | undefined,
): Rewrite => {
  const replaced = new Map<Value, Value>()
  const current = (value: Value): Value => replaced.get(value) ?? value
  const nodes: GraphNode[] = []
  const slots = new Map<GraphNode, readonly number[]>()
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(current)
    const changed = inputs.some((value, place) => value !== node.inputs[place])
    const rebuilt = changed ? new GraphNode(node.op, inputs, node.outputs, node.attributes) : node
    const own = graph.slots.get(node) ?? []
    const instead = decide(rebuilt, own)
    if (instead === undefined) {
      nodes.push(rebuilt)
      slots.set(rebuilt, own)
    }
    const results = instead ?? rebuilt.outputs
    node.outputs.forEach((value, place) => {
      const result = results[place]
      if (result !== undefined && result !== value) replaced.set(value, result)
    })
  }
  return { graph: { nodes, slots, outputs: graph.outputs.map(current) }, replaced }
}
