import { showShape } from '../shape.js'
import type { Annotation, Graph } from './graph.js'
import type { GraphNode } from './graph-node.js'
import type { Value } from './value.js'

/** A box of a picture: an op, an input or a result. */
export interface Box {
  readonly id: string
  readonly text: string
  readonly kind: 'input' | 'op' | 'output'
}

/** An arrow of a picture. */
export interface Arrow {
  readonly from: string
  readonly to: string
  readonly text: string
}

const describe = (value: Value, annotate: Annotation | undefined): string =>
  [`${value.dtype} ${showShape(value.shape)}`, annotate?.(value)].filter((part) => part !== undefined).join('\n')

/** Boxes and arrows of a graph: what Mermaid and Graphviz pictures share. */
export const pictureOf = (graph: Graph, annotate?: Annotation): { boxes: Box[]; arrows: Arrow[] } => {
  const order = graph.order()
  const ids = new Map<GraphNode | Value, string>()
  const boxes: Box[] = graph.inputs.map((value, place) => {
    ids.set(value, `v${place}`)
    const text = [value.name || 'input', describe(value, annotate)].join('\n')
    return { id: `v${place}`, text, kind: 'input' }
  })
  order.forEach((node, place) => {
    ids.set(node, `n${place}`)
    boxes.push({ id: `n${place}`, text: node.label, kind: 'op' })
  })
  const source = (value: Value): string => ids.get(value.producer ?? value) ?? ''
  const arrows = order.flatMap((node) =>
    node.inputs.map((value) => ({
      from: source(value),
      to: ids.get(node) ?? '',
      text: value.producer === undefined ? '' : describe(value, annotate),
    })),
  )
  graph.outputs.forEach((value, place) => {
    boxes.push({
      id: `o${place}`,
      text: [value.name || 'output', describe(value, annotate)].join('\n'),
      kind: 'output',
    })
    arrows.push({ from: source(value), to: `o${place}`, text: '' })
  })
  return { boxes, arrows }
}
