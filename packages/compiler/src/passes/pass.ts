import type { GraphNode, Value } from '@chainrule/tensor'

/** A graph while it is rewritten: nodes in order, and the values that must survive. */
export interface PassGraph {
  readonly nodes: readonly GraphNode[]
  /** Values wanted by the outside. */
  readonly outputs: readonly Value[]
  /** Slots of the cells of each node. */
  readonly slots: ReadonlyMap<GraphNode, readonly number[]>
}

/** The same graph with some values replaced by others everywhere. */
export interface Rewrite {
  readonly graph: PassGraph
  /** What each replaced value became. */
  readonly replaced: ReadonlyMap<Value, Value>
}
