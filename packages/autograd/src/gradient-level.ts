import {
  activeCapture,
  applyOne,
  isFloating,
  type OpEvent,
  type Recorder,
  Tensor,
  type Trace,
  Value,
  Variable,
  withoutGradients,
} from '@chainrule/tensor'
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

  /** Adds the residuals of every node that the value depends on, and what their own traces need. */
  reach(kept: Set<Tensor>): void {
    const seen = new Set<TapeNode>()
    const pending: Value[] = [this.value]
    for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
      const node = value.producer
      if (!(node instanceof TapeNode) || seen.has(node)) continue
      seen.add(node)
      pending.push(...node.inputs)
      for (const tensor of node.residuals) {
        if (kept.has(tensor)) continue
        kept.add(tensor)
        tensor.eachTrace((trace) => {
          if (trace.recorder !== this.recorder) trace.reach(kept)
        })
      }
    }
  }
}

/**
 * Another handle on the tensor as it is now, with its traces: what a tape keeps of it. A variable that is assigned later
 * leaves the handle as it was.
 */
export const snapshot = (tensor: Tensor): Tensor => {
  if (activeCapture() !== undefined) {
    if (!(tensor instanceof Variable)) return tensor
    const value = withoutGradients(() => applyOne('identity', [tensor], { copy: false }))
    tensor.eachTrace((trace) => {
      value.setTrace(trace)
    })
    return value
  }
  const handle = new Tensor(tensor, tensor.storageFor('backward'), tensor.home)
  tensor.eachTrace((trace) => {
    handle.setTrace(trace)
  })
  return handle
}

/** One level of reverse-mode differentiation: records ops on tensors that it tracks. */
export class GradientLevel implements Recorder {
  /** Levels of differentiation can be masked. */
  readonly kind = 'gradient'
  /** Called with each node as it is recorded. */
  onNode: ((node: TapeNode, event: OpEvent) => void) | undefined

  /** The value of a tensor on this tape, if it is tracked. */
  valueOf(tensor: Tensor): Value | undefined {
    const trace = tensor.traceOf(this)
    return trace instanceof TapeTrace ? trace.value : undefined
  }

  /** Makes a tensor a leaf of this tape. */
  track(tensor: Tensor, value: Value = new Value(tensor.shape, tensor.dtype)): Value {
    tensor.setTrace(new TapeTrace(this, value))
    return value
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

  /** Puts an op on the tape. */
  protected record(event: OpEvent, needs: readonly boolean[]): void {
    const inputs = event.inputs.map((tensor) => this.valueOf(tensor) ?? new Value(tensor.shape, tensor.dtype))
    const node = new TapeNode(event.op, inputs, event.outputs, event.attributes, needs)
    const rule = gradientRules[event.op]
    const wanted = rule.saves?.(event.attributes as never, needs)
    wanted?.inputs?.forEach((place) => {
      const tensor = event.inputs[place]
      if (tensor !== undefined) node.savedInputs.set(place, snapshot(tensor))
    })
    event.outputs.forEach((tensor, place) => {
      const value = node.outputs[place]
      if (value !== undefined && isFloating(tensor.dtype)) tensor.setTrace(new TapeTrace(this, value))
    })
    // After the traces: a saved output must carry its own, for derivatives of derivatives.
    event.outputs.forEach((tensor, place) => {
      if (wanted?.outputs === 'all' || wanted?.outputs?.includes(place)) node.savedOutputs.set(place, snapshot(tensor))
    })
    this.onNode?.(node, event)
  }
}
