import type { Annotation, Graph } from './graph.js'
import { pictureOf } from './picture.js'

const quote = (text: string): string => `"${text.replaceAll('"', '#quot;').replaceAll('\n', '<br>')}"`

/** A flowchart: inputs and results rounded, ops in boxes. */
export const toMermaid = (graph: Graph, annotate?: Annotation): string => {
  const { boxes, arrows } = pictureOf(graph, annotate)
  return [
    'flowchart TD',
    ...boxes.map(({ id, text, kind }) => `  ${id}${kind === 'op' ? `[${quote(text)}]` : `([${quote(text)}])`}`),
    ...arrows.map(({ from, to, text }) => `  ${from} -->${text === '' ? '' : `|${quote(text)}|`} ${to}`),
    '',
  ].join('\n')
}
