import { Graph, GraphNode, Value } from '@chainrule/tensor'
import type { Compiled } from './build-program.js'
import type { Captured } from './capture/captured.js'
import type { Block } from './kernels/block.js'

/** A program seen as graphs. */
export interface ProgramGraphs {
  /** The ops as captured. */
  readonly before: Graph
  /** The kernels that they became, each named after its ops. */
  readonly after: Graph
}

/** The captured graph, and the kernels as nodes between blocks. */
export const programGraphs = (captured: Captured, compiled: Compiled): ProgramGraphs => {
  const values = new Map<Block, Value>()
  const valueOf = (block: Block): Value => {
    const known = values.get(block)
    if (known !== undefined) return known
    const made = new Value([block.byteLength / 4], 'float32', block.source?.kind ?? '')
    values.set(block, made)
    return made
  }
  const nodes = compiled.steps.map(({ kernel, inputs, outputs, ops }) => {
    const node = new GraphNode(
      'composite',
      // A kernel that writes a part of a block adds to what others wrote of it.
      [...inputs, ...new Set(outputs.filter((block) => values.has(block)))].map(valueOf),
      outputs.map(({ byteLength }) => ({ shape: [byteLength / 4], dtype: 'float32' as const })),
      { composite: { name: kernel.kind, meaning: () => [] }, options: undefined },
    )
    node.caption = `${kernel.kind}: ${ops.join(' · ')}`
    outputs.forEach((block, place) => {
      const value = node.outputs[place]
      if (value !== undefined) values.set(block, value)
    })
    return node
  })
  const outputs = [...captured.results, ...captured.assigned.values()]
  const lasting = nodes
    .flatMap((node) => node.outputs)
    .filter((value) => !nodes.some(({ inputs }) => inputs.includes(value)))
  return {
    before: new Graph(captured.nodes, outputs),
    after: new Graph(nodes, lasting),
  }
}
