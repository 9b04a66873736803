import type { GraphNode } from './graph-node.js'
import { topologicalOrder } from './order.js'
import { toDot } from './to-dot.js'
import { type GraphJson, toJson } from './to-json.js'
import { toMermaid } from './to-mermaid.js'
import type { Value } from './value.js'

/** Text shown under a value in a picture, such as its number. */
export type Annotation = (value: Value) => string | undefined

/** Ops and the values between them: the one structure behind tape and compiler. */
export class Graph {
  /** The ops, in the order in which they were recorded. */
  readonly nodes: readonly GraphNode[]
  /** The results wanted. */
  readonly outputs: readonly Value[]

  /**
   * @param nodes - the ops
   * @param outputs - the results wanted; those that no op takes when left out
   */
  constructor(nodes: readonly GraphNode[], outputs?: readonly Value[]) {
    this.nodes = nodes
    const used = new Set(nodes.flatMap(({ inputs }) => inputs))
    this.outputs = outputs ?? nodes.flatMap((node) => node.outputs.filter((value) => !used.has(value)))
  }

  /** Values that no op gives: inputs, parameters, constants. */
  get inputs(): readonly Value[] {
    const leaves = [...this.nodes.flatMap(({ inputs }) => inputs), ...this.outputs]
    return [...new Set(leaves.filter(({ producer }) => producer === undefined))]
  }

  /**
   * The ops that the results depend on, each after those it takes from.
   *
   * @returns nodes in topological order
   */
  order(): GraphNode[] {
    return topologicalOrder(this.outputs)
  }

  /**
   * A picture for Mermaid: https://mermaid.js.org.
   *
   * @param annotate - text to show with a value
   * @returns the source of a flowchart
   */
  toMermaid(annotate?: Annotation): string {
    return toMermaid(this, annotate)
  }

  /**
   * A picture for Graphviz: https://graphviz.org.
   *
   * @param annotate - text to show with a value
   * @returns the source of a digraph
   */
  toDot(annotate?: Annotation): string {
    return toDot(this, annotate)
  }

  /** Plain data: values with shape and dtype, nodes with op, label and the ids of their values. */
  toJSON(): GraphJson {
    return toJson(this)
  }
}
