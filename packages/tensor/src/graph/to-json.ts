import type { DType } from '../dtype.js'
import type { Graph } from './graph.js'
import type { Value } from './value.js'

/** A graph as plain data. */
export interface GraphJson {
  /** Every value. */
  readonly values: readonly {
    readonly id: number
    readonly shape: readonly number[]
    readonly dtype: DType
    readonly name?: string
  }[]
  /** Every op, with the ids of its values. */
  readonly nodes: readonly {
    readonly id: number
    readonly op: string
    readonly label: string
    readonly inputs: readonly number[]
    readonly outputs: readonly number[]
  }[]
  /** Ids of the results. */
  readonly outputs: readonly number[]
}

/** Values and nodes counted from 0 in order of appearance, so that equal graphs give equal text. */
export const toJson = (graph: Graph): GraphJson => {
  const ids = new Map<Value, number>()
  const idOf = (value: Value): number => {
    const known = ids.get(value) ?? ids.size
    ids.set(value, known)
    return known
  }
  graph.inputs.forEach(idOf)
  const nodes = graph.order().map((node, id) => ({
    id,
    op: node.op,
    label: node.label,
    inputs: node.inputs.map(idOf),
    outputs: node.outputs.map(idOf),
  }))
  const outputs = graph.outputs.map(idOf)
  const values = [...ids].map(([{ shape, dtype, name }, id]) => ({
    id,
    shape,
    dtype,
    ...(name !== '' && { name }),
  }))
  return { values, nodes, outputs }
}
