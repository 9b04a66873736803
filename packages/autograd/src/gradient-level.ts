import {
  isFloating,
  type OpEvent,
  type Reachable,
  type Recorder,
  type Tensor,
  type Trace,
  Value,
} from '@chainrule/tensor'
import { anomalyLine } from './anomaly-watch.js'
import { frozenCells } from './frozen-cells.js'
import { gradientRules } from './gradient-rules.js'
import { TapeNode } from './tape-node.js'

/** A tensor's place on a tape: the value that it is there. */
export class TapeTrace implements Trace {
  readonly recorder: GradientLevel
  readonly value: Value

  /**
   * @param recorder - the level that the tape belongs to
   * @param value - the tensor's value on the tape
   */
  constructor(recorder: GradientLevel, value: Value) {
    this.recorder = recorder
    this.value = value
  }

  /** Adds the residuals of every node that the value depends on. */
  reach(reachable: Reachable): void {
    const pending: Value[] = [this.value]
    for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
      const node = value.producer
      // What an older node takes from is older still.
      if (!(node instanceof TapeNode) || node.id < reachable.firstNode || !reachable.enter(node)) continue
      pending.push(...node.inputs)
      for (const tensor of node.residuals) reachable.add(tensor)
    }
  }
}

/** One level of reverse-mode differentiation: records ops on tensors that it tracks. */
export class GradientLevel implements Recorder {
  /** Levels of differentiation can be masked. */
  readonly kind = 'gradient'
  /** Nodes that wait for the outputs they keep. */
  readonly #incomplete = new WeakMap<
    OpEvent,
    { readonly node: TapeNode; readonly outputs: readonly number[] | 'all' }
  >()
  /** The value of a tensor on this tape, if it is tracked. */
  valueOf(tensor: Tensor): Value | undefined {
    const trace = tensor.traceOf(this)
    return trace instanceof TapeTrace ? trace.value : undefined
  }

  /** Makes a tensor a leaf of this tape. */
  track(tensor: Tensor, value: Value = new Value(tensor.shape, tensor.dtype)): Value {
    tensor.setTrace(this.traceFor(value))
    return value
  }

  /** What a tensor carries that stands for a value of this tape. */
  protected traceFor(value: Value): TapeTrace {
    return new TapeTrace(this, value)
  }

  /** Whether an input takes part in differentiation. */
  protected isTracked(tensor: Tensor): boolean {
    return this.valueOf(tensor) !== undefined
  }

  /** Records an op if any of its inputs is tracked. */
  op(event: OpEvent): void {
    const needs = event.inputs.map((tensor) => isFloating(tensor.dtype) && this.isTracked(tensor))
    if (!needs.includes(true) || !event.outputs.some(({ dtype }) => isFloating(dtype))) return
    this.record(event, needs)
  }

  /** Called with each node when the outputs carry their traces. */
  protected recorded(_node: TapeNode, _event: OpEvent): void {
    // Levels that keep nothing but what gradients need have nothing to do.
  }

  /**
   * Keeps outputs, now that they carry the traces of every level: without that of another, an output would be a constant to
   * it, and derivatives of derivatives would lack it.
   */
  complete(event: OpEvent): void {
    const incomplete = this.#incomplete.get(event)
    if (incomplete === undefined) return
    this.#incomplete.delete(event)
    const { node, outputs } = incomplete
    event.outputs.forEach((tensor, place) => {
      if (outputs === 'all' || outputs.includes(place)) node.keepOutput(place, tensor)
    })
  }

  /** Puts an op on the tape. */
  protected record(event: OpEvent, needs: readonly boolean[]): void {
    const inputs = event.inputs.map((tensor) => this.valueOf(tensor) ?? new Value(tensor.shape, tensor.dtype))
    const node = new TapeNode(event.op, inputs, event.outputs, frozenCells(event.attributes), needs)
    node.line = anomalyLine()
    const rule = gradientRules[event.op]
    const wanted = rule.saves?.(event.attributes as never, needs)
    wanted?.inputs?.forEach((place) => {
      const tensor = event.inputs[place]
      if (tensor !== undefined) node.keepInput(place, tensor)
    })
    event.outputs.forEach((tensor, place) => {
      const value = node.outputs[place]
      if (value !== undefined && isFloating(tensor.dtype)) tensor.setTrace(new TapeTrace(this, value))
    })
    this.recorded(node, event)
    const outputs = wanted?.outputs ?? []
    if (outputs.length > 0) this.#incomplete.set(event, { node, outputs })
  }
}
