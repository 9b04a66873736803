import {
  belowRecorder,
  type OpEvent,
  type OpName,
  type Reachable,
  type Recorder,
  type Tensor,
  type Trace,
  withRecorder,
} from '@chainrule/tensor'
import type { PushForward, TangentRule } from './gradient-rule.js'
import { snapshot } from './snapshot.js'
import { tangentRules } from './tangent-rules.js'

/** A tensor's derivative along the direction of a level. */
class TangentTrace implements Trace {
  readonly recorder: TangentLevel
  readonly tangent: Tensor

  constructor(recorder: TangentLevel, tangent: Tensor) {
    this.recorder = recorder
    this.tangent = tangent
  }

  /** Keeps the tangent. */
  reach(reachable: Reachable): void {
    reachable.add(this.tangent)
  }
}

/** One level of forward-mode differentiation: computes the tangent of each op's result at once. */
export class TangentLevel implements Recorder {
  /** Levels of differentiation can be masked. */
  readonly kind = 'gradient'

  /** Gives a tensor a tangent. */
  track(tensor: Tensor, tangent: Tensor): void {
    tensor.setTrace(new TangentTrace(this, tangent))
  }

  /** The tangent of a tensor; undefined is zero. */
  tangentOf(tensor: Tensor): Tensor | undefined {
    const trace = tensor.traceOf(this)
    return trace instanceof TangentTrace ? trace.tangent : undefined
  }

  /** Computes the tangents of an op's results. */
  op(event: OpEvent): void {
    const tangents = event.inputs.map((tensor) => this.tangentOf(tensor))
    if (tangents.every((tangent) => tangent === undefined)) return
    const rule = tangentRules[event.op] as TangentRule<OpName>
    const results = belowRecorder(this, () => rule(event, tangents, pushForward))
    event.outputs.forEach((output, place) => {
      const tangent = results[place]
      if (tangent !== undefined) this.track(output, tangent)
    })
  }
}

/** Runs a function under a level of its own. */
const pushForward: PushForward = (run, inputs, tangents) => {
  const level = new TangentLevel()
  const handles = inputs.map((tensor, place): Tensor => {
    const handle = snapshot(tensor)
    const tangent = tangents[place]
    if (tangent !== undefined) level.track(handle, tangent)
    return handle
  })
  return withRecorder(level, () => run(handles)).map((result) => level.tangentOf(result))
}
