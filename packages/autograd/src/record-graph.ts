import {
  adopt,
  GradientError,
  Graph,
  type GraphNode,
  isFloating,
  onesLike,
  type OpEvent,
  scope,
  tensorsIn,
  type NestedArray,
  type Tensor,
  type Value,
  withRecorder,
} from '@chainrule/tensor'
import { backpropagate } from './backpropagate.js'
import { GradientLevel } from './gradient-level.js'
import { snapshot } from './snapshot.js'
import type { TapeNode } from './tape-node.js'

/** Options of `recordGraph`. */
export interface RecordGraphOptions {
  /** Names for inputs, shown in pictures. */
  readonly names?: Readonly<Record<string, Tensor>>
}

/** A level that tracks every tensor it meets, and keeps what it meets. */
class GraphLevel extends GradientLevel {
  readonly nodes: TapeNode[] = []
  readonly tensors = new Map<Value, Tensor>()
  readonly #names: ReadonlyMap<Tensor, string>
  readonly #met: Tensor[] = []

  constructor(names: Readonly<Record<string, Tensor>>) {
    super()
    this.#names = new Map(Object.entries(names).map(([name, tensor]) => [tensor, name]))
  }

  /** The value of a tensor, which is made an input if it was not met before. */
  meet(tensor: Tensor): Value {
    const known = this.valueOf(tensor)
    if (known !== undefined) return known
    const value = this.track(tensor)
    value.name = this.#names.get(tensor) ?? ''
    this.#keep(value, tensor)
    return value
  }

  /** Takes the traces off the tensors that were met, which belong to the user, and drops what gradients needed. */
  forget(): void {
    for (const tensor of this.#met) tensor.dropTrace(this)
    for (const node of this.nodes) node.release()
  }

  #keep(value: Value, tensor: Tensor): void {
    this.#met.push(tensor)
    const handle = snapshot(tensor)
    handle.dropTrace(this)
    this.tensors.set(value, handle)
  }

  override op(event: OpEvent): void {
    for (const tensor of event.inputs) this.meet(tensor)
    this.record(
      event,
      event.inputs.map(({ dtype }) => isFloating(dtype)),
    )
  }

  protected override recorded(node: TapeNode, { outputs }: OpEvent): void {
    this.nodes.push(node)
    outputs.forEach((tensor, place) => {
      const value = node.outputs[place]
      if (value === undefined) return
      if (!isFloating(tensor.dtype)) this.track(tensor, value)
      this.#keep(value, tensor)
    })
  }
}

/** What a value of a recorded graph held. */
export interface ValueReading {
  /** Its elements, as nested arrays. */
  readonly value: NestedArray
  /** ∂(result)/∂(value), where the result is a scalar that depends on it. */
  readonly gradient: NestedArray | undefined
}

/** The graph of a function that was run once, with the values that flowed through it. */
export class RecordedGraph extends Graph {
  readonly #tensors: ReadonlyMap<Value, Tensor>
  readonly #gradients: ReadonlyMap<Value, Tensor>

  /**
   * @param nodes - the ops
   * @param outputs - the results
   * @param tensors - the tensor of each value; the graph holds them from here on
   * @param gradients - the gradient of each value; the graph holds them from here on
   */
  constructor(
    nodes: readonly GraphNode[],
    outputs: readonly Value[],
    tensors: ReadonlyMap<Value, Tensor>,
    gradients: ReadonlyMap<Value, Tensor>,
  ) {
    super(nodes, outputs)
    this.#tensors = tensors
    this.#gradients = gradients
    for (const tensor of this.#held()) adopt(tensor)
  }

  #held(): readonly Tensor[] {
    return [...this.#tensors.values(), ...this.#gradients.values()]
  }

  /**
   * Reads the values, and their gradients where the result is a scalar.
   *
   * @returns what each value of the graph held
   * @throws DisposedError after `dispose`
   */
  async read(): Promise<ReadonlyMap<Value, ValueReading>> {
    const readings = new Map<Value, ValueReading>()
    for (const [value, tensor] of this.#tensors) {
      readings.set(value, {
        value: await tensor.toArray(),
        gradient: await this.#gradients.get(value)?.toArray(),
      })
    }
    return readings
  }

  /** Releases the values; nodes and pictures stay. Without it, garbage collection does. */
  dispose(): void {
    for (const tensor of this.#held()) tensor.dispose()
  }

  /** `using graph = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}

const gradientsOf = (level: GraphLevel, results: readonly Tensor[]): ReadonlyMap<Value, Tensor> => {
  const [result, ...others] = results
  const root = result && level.valueOf(result)
  if (root === undefined || others.length > 0 || result?.size !== 1 || !isFloating(result.dtype)) return new Map()
  const found = backpropagate([{ value: root, gradient: onesLike(result) }], {
    level,
    retainGraph: false,
    createGraph: false,
    keepsAll: true,
  })
  // Handles of the graph's own: values may share a gradient.
  return new Map([...found].map(([value, gradient]) => [value, snapshot(gradient)]))
}

/**
 * Runs a function and records its graph: every op, the values between them and, where the result is a scalar, the gradient
 * of each value.
 *
 * @param run - the function; its tensors are the results
 * @param options - `names` for inputs
 * @returns the graph, with `read()` for values and gradients; it keeps them until `dispose()` or garbage collection
 * @throws GradientError when the function returns no tensor
 *
 * @example
 * ```ts
 * import { recordGraph } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const a = tensor(2)
 * const b = tensor(3)
 * const graph = recordGraph(() => a.mul(b).add(a), { names: { a, b } })
 * console.log(graph.order().map((node) => node.label)) // ['mul', 'add']
 * ```
 */
export const recordGraph = (run: () => unknown, { names = {} }: RecordGraphOptions = {}): RecordedGraph => {
  const level = new GraphLevel(names)
  try {
    const results = tensorsIn(withRecorder(level, run))
    if (results.length === 0) {
      throw new GradientError(
        'recordGraph: got a function that returns no tensor, expected its results. Return the loss.',
      )
    }
    const outputs = results.map((tensor) => level.meet(tensor))
    return scope(() => new RecordedGraph(level.nodes, outputs, level.tensors, gradientsOf(level, results)))
  } finally {
    level.forget()
  }
}
