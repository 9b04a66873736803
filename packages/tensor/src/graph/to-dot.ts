import type { Annotation, Graph } from './graph.js'
import { pictureOf } from './picture.js'

/** A Graphviz digraph: inputs and results as ellipses, ops as boxes. */
export const toDot = (graph: Graph, annotate?: Annotation): string => {
  const { boxes, arrows } = pictureOf(graph, annotate)
  return [
    'digraph chainrule {',
    '  node [fontname="sans-serif"]',
    ...boxes.map(
      ({ id, text, kind }) => `  ${id} [label=${JSON.stringify(text)}, shape=${kind === 'op' ? 'box' : 'ellipse'}]`,
    ),
    ...arrows.map(({ from, to, text }) => `  ${from} -> ${to}${text === '' ? '' : ` [label=${JSON.stringify(text)}]`}`),
    '}',
    '',
  ].join('\n')
}
