import {
  activeGradients,
  GradientError,
  isFloating,
  type OpName,
  scope,
  type Tensor,
  topologicalOrder,
  type Value,
  withGradientLevels,
  withRecorder,
} from '@chainrule/tensor'
import { walkingThrough } from './anomaly-watch.js'
import { GradientLevel } from './gradient-level.js'
import { GradientSums } from './gradient-sums.js'
import type { GradientContext, GradientRule, PullBack } from './gradient-rule.js'
import { gradientRules } from './gradient-rules.js'
import { snapshot, standIn } from './snapshot.js'
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
  /** Give the gradients of inner values as well. */
  readonly keepsAll?: boolean
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
    pullBack,
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

/** The region in which a walk leaves what it makes: a scope, unless its graph is to be differentiated again. */
export const walkRegion = <T>(createGraph: boolean, run: () => T): T => (createGraph ? run() : scope(run))

/** One walk back along a tape. */
class Walk {
  readonly #options: WalkOptions
  readonly #sums: GradientSums

  constructor(options: WalkOptions) {
    this.#options = options
    this.#sums = new GradientSums(!options.createGraph)
  }

  run(seeds: readonly Seed[]): ReadonlyMap<Value, Tensor> {
    const roots = seeds.map(({ value }) => value)
    const nodes = topologicalOrder(roots).filter((node) => node instanceof TapeNode)
    nodes.forEach(refuseReleased)
    for (const { value, gradient } of seeds) this.#sums.add(value, gradient)
    for (const node of nodes.reverse()) this.#visit(node)
    const leaves = new Set([...roots, ...nodes.flatMap(({ inputs }) => inputs)])
    for (const value of leaves) if (value.producer === undefined) this.#finish(value)
    if (!this.#options.retainGraph) for (const node of nodes) node.release()
    return this.#sums.toMap()
  }

  /** The whole gradient of a value, all of whose successors were visited. */
  #finish(value: Value): Tensor | undefined {
    const gradient = this.#sums.get(value)
    const replaced = gradient && this.#options.onGradient?.(value, gradient)
    if (replaced !== undefined && replaced !== gradient) this.#sums.set(value, replaced)
    return replaced ?? gradient
  }

  #visit(node: TapeNode): void {
    const incoming = node.outputs.map((value) => this.#finish(value))
    if (incoming.every((gradient) => gradient === undefined)) return
    const rule: GradientRule<OpName> = gradientRules[node.op]
    const outgoing = walkingThrough(node, () => rule.vjp(contextOf(node), incoming))
    // One gradient may stand for several inputs, so none is released before all have it.
    for (const gradient of outgoing) if (gradient !== undefined) this.#sums.hold(gradient)
    outgoing.forEach((gradient, place) => {
      const value = node.inputs[place]
      if (gradient !== undefined && value !== undefined && node.needs[place]) this.#sums.add(value, gradient)
    })
    for (const gradient of outgoing) if (gradient !== undefined) this.#sums.drop(gradient)
    if (this.#options.keepsAll !== true) for (const value of node.outputs) this.#sums.delete(value)
  }
}

/**
 * Walks a tape back from its results: nodes in reverse topological order, each rule once, the gradients of a value that
 * was used more than once summed.
 *
 * @returns the gradient of every leaf on the way
 */
export const backpropagate = (seeds: readonly Seed[], options: WalkOptions): ReadonlyMap<Value, Tensor> =>
  watchedBy(options.level, options.createGraph, () =>
    walkRegion(options.createGraph, () => new Walk(options).run(seeds)),
  )

/** Runs a function under a level of its own. What is computed on the way is released at once. */
const pullBack: PullBack = (run, inputs, needs, gradients) =>
  scope(() => {
    const level = new GradientLevel()
    // Under a capture a snapshot is the tensor itself, and each place needs a gradient of its own.
    const handles = inputs.map((input, place) => (inputs.indexOf(input) < place ? standIn(input) : snapshot(input)))
    const values = handles.map((handle, place) =>
      needs[place] && isFloating(handle.dtype) ? level.track(handle) : undefined,
    )
    const outputs = withRecorder(level, () => run(handles))
    const seeds = outputs.flatMap((output, place): Seed[] => {
      const value = level.valueOf(output)
      const gradient = gradients[place]
      return value === undefined || gradient === undefined ? [] : [{ value, gradient }]
    })
    const found = backpropagate(seeds, { level, retainGraph: false, createGraph: false })
    return values.map((value) => value && found.get(value))
  })
