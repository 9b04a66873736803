import { topologicalOrder } from '@chainrule/tensor'
import type { PassGraph } from './pass.js'

/** Drops the nodes that no wanted value depends on; the others keep their order. */
export const deadCode = (graph: PassGraph): PassGraph => {
  const needed = new Set(topologicalOrder(graph.outputs))
  return { ...graph, nodes: graph.nodes.filter((node) => needed.has(node)) }
}
