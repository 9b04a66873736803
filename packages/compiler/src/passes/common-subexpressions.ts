import {
  identityOf as expressionIdentity,
  type GraphNode,
  type OpAttributes,
  type OpName,
  type Value,
} from '@chainrule/tensor'
import type { PassGraph, Rewrite } from './pass.js'
import { replaceValues } from './replace-values.js'

const identities = new WeakMap<object, number>()
let nextIdentity = 0

/** A number for an object that stands for itself: functions, cells, structures, composites. */
const identityOf = (object: object): number => {
  const known = identities.get(object) ?? nextIdentity++
  identities.set(object, known)
  return known
}

const isPlain = (value: object): boolean => Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype

/** Text of attributes; composites, cells and functions count by identity. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (key, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part)) return String(part)
    if (Object.is(part, -0)) return '-0'
    if (typeof part === 'function') return `#${identityOf(part)}`
    if (typeof part === 'object' && part !== null && (!isPlain(part) || key === 'composite')) {
      return `#${identityOf(part)}`
    }
    return part
  })

/** A structure by the expressions in it, which are interned. */
const structureText = ({ inputs, outputs }: OpAttributes['map']['structure']): string =>
  `${inputs.join()} ${outputs.map(expressionIdentity).join()}`

const keyOf = (node: GraphNode, slots: readonly number[]): string => {
  const attributes: OpAttributes[OpName] = node.attributes
  const head = `${node.op}(${node.inputs.map(({ id }) => id).join()})[${slots.join()}]`
  if ('structure' in attributes) return `${head}${attributes.shape.join()} ${structureText(attributes.structure)}`
  // Cells are compared by slot: equal cells read at different times differ.
  const rest = 'cells' in attributes ? { ...attributes, cells: slots } : attributes
  return head + textOf(rest)
}

/** Computes equal things once: same op, same inputs, same attributes. Random numbers are never equal. */
export const commonSubexpressions = (graph: PassGraph): Rewrite => {
  const known = new Map<string, readonly Value[]>()
  return replaceValues(graph, (node, slots) => {
    if (node.op === 'random') return undefined
    const key = keyOf(node, slots)
    const first = known.get(key)
    if (first === undefined) known.set(key, node.outputs)
    return first
  })
}
