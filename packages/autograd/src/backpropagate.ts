import {
  activeGradients,
  add,
  GradientError,
  type OpName,
  type Tensor,
  topologicalOrder,
  type Value,
  withGradientLevels,
} from '@chainrule/tensor'
import { walkingThrough } from './anomaly-watch.js'
import type { GradientContext, GradientRule } from './gradient-rule.js'
import type { GradientLevel } from './gradient-level.js'
import { gradientRules } from './gradient-rules.js'
import { TapeNode } from './tape-node.js'

/** A value and the gradient of the final result with respect to it. */
export interface Seed {
  readonly value: Value
  readonly gradient: Tensor
}

/** Options of a walk back along a tape. */
export interface WalkOptions {
  /** Whose tape it is. */
  readonly level: GradientLevel
  /** Keep the residuals for another walk. */
  readonly retainGraph: boolean
  /** Let the level itself record the walk, so that its result can be differentiated again. */
  readonly createGraph: boolean
  /** Sees, and may replace, the whole gradient of each value. */
  readonly onGradient?: (value: Value, gradient: Tensor) => Tensor
}

const contextOf = (node: TapeNode): GradientContext<OpName> => {
  const saved = (from: ReadonlyMap<number, Tensor>, kind: string) => (place: number) => {
    const tensor = from.get(place)
    if (tensor === undefined)
      throw new RangeError(`${node.label}: its gradient reads ${kind} ${place}, which it did not save`)
    return tensor
  }
  return {
    attributes: node.attributes,
    inputs: node.inputs,
    outputs: node.outputs,
    needs: node.needs,
    input: saved(node.savedInputs, 'input'),
    output: saved(node.savedOutputs, 'output'),
  }
}

const refuseReleased = (node: TapeNode): void => {
  if (node.isReleased) {
    throw new GradientError(
      `backward: got a graph that was walked before and released (at '${node.label}'), expected a fresh one. ` +
        'Compute the result again, or pass {retainGraph: true} the first time.',
    )
  }
}

/**
 * Runs what belongs to a walk along the tape of a level. Every other level watches: to the function that another transform
 * differentiates, a walk is ops like any. The level itself watches only where its results are to be differentiated again.
 */
export const watchedBy = <T>(level: GradientLevel, createGraph: boolean, run: () => T): T => {
  const levels = activeGradients()
  if (createGraph) return levels.includes(level) ? run() : withGradientLevels([level, ...levels], run)
  return withGradientLevels(
    levels.filter((other) => other !== level),
    run,
  )
}

/**
 * Walks a tape back from its results: nodes in reverse topological order, each rule once, the gradients of a value that
 * was used more than once summed.
 *
 * @returns the gradient of every value on the way
 */
export const backpropagate = (seeds: readonly Seed[], options: WalkOptions): ReadonlyMap<Value, Tensor> => {
  const { level, retainGraph, createGraph, onGradient } = options
  const gradients = new Map<Value, Tensor>()
  const accumulate = (value: Value, gradient: Tensor): void => {
    const known = gradients.get(value)
    gradients.set(value, known === undefined ? gradient : add(known, gradient))
  }
  const finish = (value: Value): Tensor | undefined => {
    const gradient = gradients.get(value)
    if (gradient === undefined || onGradient === undefined) return gradient
    const replaced = onGradient(value, gradient)
    gradients.set(value, replaced)
    return replaced
  }
  const nodes = topologicalOrder(seeds.map(({ value }) => value)).filter((node) => node instanceof TapeNode)
  nodes.forEach(refuseReleased)
  const visit = (node: TapeNode): void => {
    const incoming = node.outputs.map(finish)
    if (incoming.every((gradient) => gradient === undefined)) return
    const rule: GradientRule<OpName> = gradientRules[node.op]
    const outgoing = walkingThrough(node, () => rule.vjp(contextOf(node), incoming))
    outgoing.forEach((gradient, place) => {
      const value = node.inputs[place]
      if (gradient !== undefined && value !== undefined && node.needs[place]) accumulate(value, gradient)
    })
  }
  const walk = (): void => {
    for (const { value, gradient } of seeds) accumulate(value, gradient)
    for (const node of nodes.reverse()) visit(node)
    const leaves = new Set([...seeds.map(({ value }) => value), ...nodes.flatMap(({ inputs }) => inputs)])
    for (const value of leaves) if (value.producer === undefined) finish(value)
  }
  watchedBy(level, createGraph, walk)
  if (!retainGraph) for (const node of nodes) node.release()
  return gradients
}
