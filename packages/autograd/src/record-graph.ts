import {
  GradientError,
  Graph,
  type GraphNode,
  isFloating,
  onesLike,
  type OpEvent,
  tensorsIn,
  type NestedArray,
  type Tensor,
  type Value,
  withRecorder,
} from '@chainrule/tensor'
import { backpropagate } from './backpropagate.js'
import { GradientLevel, snapshot } from './gradient-level.js'
import type { TapeNode } from './tape-node.js'

/** Options of `recordGraph`. */
export interface RecordGraphOptions {
  /** Names for inputs, shown in pictures. */
  readonly names?: Readonly<Record<string, Tensor>>
}

/** A level that tracks every floating tensor it meets, and keeps what it meets. */
class GraphLevel extends GradientLevel {
  readonly nodes: TapeNode[] = []
  readonly tensors = new Map<Value, Tensor>()
  readonly names: ReadonlyMap<Tensor, string>

  constructor(names: Readonly<Record<string, Tensor>>) {
    super()
    this.names = new Map(Object.entries(names).map(([name, tensor]) => [tensor, name]))
  }

  override op(event: OpEvent): void {
    for (const tensor of event.inputs) {
      if (this.valueOf(tensor) !== undefined) continue
      const value = this.track(tensor)
      value.name = this.names.get(tensor) ?? ''
      this.tensors.set(value, snapshot(tensor))
    }
    this.onNode = (node, { outputs }) => {
      this.nodes.push(node)
      outputs.forEach((tensor, place) => {
        const value = node.outputs[place]
        if (value !== undefined) this.tensors.set(value, snapshot(tensor))
        if (value !== undefined && !isFloating(tensor.dtype)) this.track(tensor, value)
      })
    }
    this.record(
      event,
      event.inputs.map(({ dtype }) => isFloating(dtype)),
    )
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
   * @param tensors - the tensor of each value
   * @param gradients - the gradient of each value
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
  }

  /**
   * Reads the values, and their gradients where the result is a scalar.
   *
   * @returns what each value of the graph held
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
}

/**
 * Runs a function and records its graph: every op, the values between them and, where the result is a scalar, the gradient
 * of each value.
 *
 * @param run - the function; its tensors are the results
 * @param options - `names` for inputs
 * @returns the graph, with `read()` for values and gradients
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
  const results = tensorsIn(withRecorder(level, run))
  if (results.length === 0) {
    throw new GradientError(
      'recordGraph: got a function that returns no tensor, expected its results. Return the loss.',
    )
  }
  const outputs = results.map((tensor) => level.valueOf(tensor) ?? level.track(tensor))
  const [result] = results
  const [root] = outputs
  const scalar = results.length === 1 && result !== undefined && result.size === 1 && isFloating(result.dtype)
  const gradients =
    scalar && root !== undefined
      ? backpropagate([{ value: root, gradient: onesLike(result) }], { level, retainGraph: false, createGraph: false })
      : new Map<Value, Tensor>()
  return new RecordedGraph(level.nodes, outputs, level.tensors, gradients)
}
