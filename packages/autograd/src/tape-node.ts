import { GraphNode, type OpAttributes, type OpName, type Tensor, type Value } from '@chainrule/tensor'
import { snapshot } from './snapshot.js'

/** A node of a tape: the op, and what its gradient will read. */
export class TapeNode extends GraphNode {
  /** Which inputs need a gradient. */
  readonly needs: readonly boolean[]
  /** Where the op was called, if anomalies were looked for. */
  line: string | undefined
  readonly #savedInputs = new Map<number, Tensor>()
  readonly #savedOutputs = new Map<number, Tensor>()
  /** The saved tensors that are handles of the node's own. */
  readonly #own: Tensor[] = []
  #released = false

  /**
   * @param op - kind of op
   * @param inputs - values it takes
   * @param outputs - shape and dtype of its results
   * @param attributes - what else decides its result
   * @param needs - which inputs need a gradient
   */
  constructor(
    op: OpName,
    inputs: readonly Value[],
    outputs: readonly Pick<Value, 'shape' | 'dtype'>[],
    attributes: OpAttributes[OpName],
    needs: readonly boolean[],
  ) {
    super(op, inputs, outputs, attributes)
    this.needs = needs
  }

  /** Inputs kept for the backward pass, by place. */
  get savedInputs(): ReadonlyMap<number, Tensor> {
    return this.#savedInputs
  }

  /** Outputs kept for the backward pass, by place. */
  get savedOutputs(): ReadonlyMap<number, Tensor> {
    return this.#savedOutputs
  }

  /** Everything kept. */
  get residuals(): readonly Tensor[] {
    return [...this.#savedInputs.values(), ...this.#savedOutputs.values()]
  }

  /** Keeps an input as it is now. */
  keepInput(place: number, tensor: Tensor): void {
    this.#savedInputs.set(place, this.#keep(tensor))
  }

  /** Keeps an output as it is now. */
  keepOutput(place: number, tensor: Tensor): void {
    this.#savedOutputs.set(place, this.#keep(tensor))
  }

  #keep(tensor: Tensor): Tensor {
    const kept = snapshot(tensor)
    if (kept !== tensor) this.#own.push(kept)
    return kept
  }

  /** Whether the residuals are gone. */
  get isReleased(): boolean {
    return this.#released
  }

  /** Drops the residuals; handles that the user has stay readable. */
  release(): void {
    this.#released = true
    for (const tensor of this.#own) tensor.dispose()
    this.#own.length = 0
    this.#savedInputs.clear()
    this.#savedOutputs.clear()
  }
}
