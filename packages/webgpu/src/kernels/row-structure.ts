import type { Expression, RowStructure } from '@chainrule/tensor'
import type { ArgumentField } from '../launch.js'
import { indexedAxes } from '../normal-space.js'
import { cellFields, describeExpressions, expressionsKey } from './element-code.js'

/** What one launch of a row kernel does: some passes over the rows, and the outputs or partial results. */
export interface RowPhase {
  /** Passes whose partial results an earlier launch left; each workgroup combines them first. */
  readonly finished: number
  /** Passes that this launch makes. */
  readonly passes: readonly number[]
  readonly ending: 'outputs' | 'partials'
}

/** Where the partial results of a stage lie in the scratch memory: a block of rows × chunks for each, two with places. */
export const partialSlots = (
  structure: RowStructure,
): { readonly slots: number; readonly slotOf: readonly number[] } => {
  let slots = 0
  const slotOf = structure.stages.map(({ reduction }) => {
    const slot = slots
    slots += reduction.startsWith('arg') ? 2 : 1
    return slot
  })
  return { slots, slotOf }
}

/** What follows from the structure of a row kernel alone. */
export interface RowFacts {
  readonly description: string
  readonly key: string
  readonly indexed: ReadonlySet<number>
  readonly cells: readonly ArgumentField[]
  readonly usesHalf: boolean
  /** Stages by the pass that computes them: those of a pass use only stages of earlier ones. */
  readonly levels: readonly (readonly number[])[]
}

/** The leaves that an expression uses. */
export interface Leaves {
  readonly inputs: readonly number[]
  readonly stages: readonly number[]
  readonly axes: readonly number[]
}

/**
 * Collects the leaves of expressions.
 *
 * @param roots - expressions
 * @returns their inputs, stages and indexed axes, ascending
 */
export const leavesOf = (roots: readonly Expression[]): Leaves => {
  const inputs = new Set<number>()
  const stages = new Set<number>()
  const seen = new Set<Expression>()
  const visit = (node: Expression): void => {
    if (seen.has(node)) return
    seen.add(node)
    if (node.kind === 'input') inputs.add(node.input)
    if (node.kind === 'stage') stages.add(node.stage)
    if (node.kind === 'scalar') node.arguments.forEach(visit)
  }
  roots.forEach(visit)
  const ascending = (values: Set<number>): number[] => [...values].sort((left, right) => left - right)
  return { inputs: ascending(inputs), stages: ascending(stages), axes: ascending(indexedAxes(roots)) }
}

const levelsOf = (structure: RowStructure): number[][] => {
  const levelOf: number[] = []
  const levels: number[][] = []
  structure.stages.forEach(({ expression }, stage) => {
    const level = leavesOf([expression]).stages.reduce((least, used) => Math.max(least, (levelOf[used] ?? 0) + 1), 0)
    levelOf.push(level)
    ;(levels[level] ??= []).push(stage)
  })
  return levels
}

const known = new WeakMap<RowStructure, RowFacts>()

/**
 * What a structure means for its code, worked out once.
 *
 * @param structure - of a row kernel
 * @returns the facts
 */
export const rowFacts = (structure: RowStructure): RowFacts => {
  const found = known.get(structure)
  if (found) return found
  const roots = [...structure.stages, ...structure.outputs].map(({ expression }) => expression)
  const reductions = structure.stages.map(({ reduction }) => reduction).join(' ')
  const facts: RowFacts = {
    description: `${reductions} (${describeExpressions(roots)})`,
    key: `row ${structure.inputs.join()} ${reductions} ${structure.outputs.map(({ per }) => per.charAt(0)).join('')} ${expressionsKey(roots)}`,
    indexed: indexedAxes(roots),
    cells: cellFields(roots),
    usesHalf: [...structure.inputs, ...roots.map(({ dtype }) => dtype)].includes('float16'),
    levels: levelsOf(structure),
  }
  known.set(structure, facts)
  return facts
}
