import type { Cell, GraphNode, HostPlace, Tensor, Value, Variable } from '@chainrule/tensor'

/** Where the elements of a graph's input come from at each replay. */
export type Source =
  | { readonly kind: 'argument'; readonly position: number }
  | { readonly kind: 'variable'; readonly variable: Variable }
  | { readonly kind: 'constant'; readonly tensor: Tensor }
  | { readonly kind: 'place'; readonly place: HostPlace }

/** What the host does at each replay, in order: read a number for a slot, or set a cell. */
export type HostStep =
  | { readonly kind: 'read'; readonly cell: Cell | number; readonly slot: number }
  | { readonly kind: 'set'; readonly cell: Cell; readonly value: number | (() => number) }

/** Behaviour that depended on a host value while the function was captured. */
export interface Guard {
  readonly key: string
  readonly value: unknown
  readonly read: () => unknown
}

/** A host place after the function: the value it ends with, or nothing. */
export interface FinalPlace {
  readonly place: HostPlace
  readonly value: Value | undefined
}

/** A function as a graph: what ops it did, what it read and what it wrote. */
export interface Captured {
  /** Ops in order. */
  readonly nodes: readonly GraphNode[]
  /** The graph's inputs. */
  readonly sources: ReadonlyMap<Value, Source>
  /** What the function returned, with a value in place of each tensor of the graph. */
  readonly result: unknown
  /** Values of the results, in the order of the tensors in `result`. */
  readonly results: readonly Value[]
  /** Last value assigned to each variable. */
  readonly assigned: ReadonlyMap<Variable, Value>
  /** Host places that were written. */
  readonly places: readonly FinalPlace[]
  /** Cells that were read and set. */
  readonly host: readonly HostStep[]
  /** Slots of the cells of each node. */
  readonly slots: ReadonlyMap<GraphNode, readonly number[]>
  /** How many slots there are. */
  readonly slotCount: number
  /** Host values that the graph depends on. */
  readonly guards: readonly Guard[]
}
