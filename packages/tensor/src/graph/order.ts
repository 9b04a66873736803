import type { GraphNode } from './graph-node.js'
import type { Value } from './value.js'

/**
 * The nodes that values depend on, each after those it takes from: depth first, without recursion, so that long chains
 * do not overflow the stack.
 *
 * @param outputs - the values wanted
 * @returns the nodes in topological order
 */
export const topologicalOrder = (outputs: readonly Value[]): GraphNode[] => {
  const order: GraphNode[] = []
  const state = new Map<GraphNode, 'open' | 'done'>()
  const pending = outputs.map(({ producer }) => producer).reverse()
  while (pending.length > 0) {
    const node = pending.at(-1)
    if (node === undefined || state.get(node) === 'done') {
      pending.pop()
    } else if (state.get(node) === 'open') {
      state.set(node, 'done')
      order.push(node)
      pending.pop()
    } else {
      state.set(node, 'open')
      for (let place = node.inputs.length - 1; place >= 0; place--) {
        const producer = node.inputs[place]?.producer
        if (producer !== undefined && !state.has(producer)) pending.push(producer)
      }
    }
  }
  return order
}
