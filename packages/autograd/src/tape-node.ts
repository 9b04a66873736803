import { GraphNode, type OpAttributes, type OpName, type Tensor, type Value } from '@chainrule/tensor'

/** A node of a tape: the op, and what its gradient will read. */
export class TapeNode extends GraphNode {
  /** Which inputs need a gradient. */
  readonly needs: readonly boolean[]
  /** Inputs kept for the backward pass, by place. */
  readonly savedInputs = new Map<number, Tensor>()
  /** Outputs kept for the backward pass, by place. */
  readonly savedOutputs = new Map<number, Tensor>()
  /** Where the op was called, while anomalies are looked for. */
  line: string | undefined
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

  /** Everything kept. */
  get residuals(): readonly Tensor[] {
    return [...this.savedInputs.values(), ...this.savedOutputs.values()]
  }

  /** Whether the residuals are gone. */
  get isReleased(): boolean {
    return this.#released
  }

  /** Drops the residuals; handles that the user has stay readable. */
  release(): void {
    this.#released = true
    for (const tensor of this.residuals) tensor.dispose()
    this.savedInputs.clear()
    this.savedOutputs.clear()
  }
}
