import { apply, CaptureError, type Tensor, topologicalOrder, type Value } from '@chainrule/tensor'
import type { Source } from './captured.js'

/** Computes a value of a graph that depends on variables and constants only. */
export const evaluateAtOnce = (wanted: Value, sources: ReadonlyMap<Value, Source>): Tensor => {
  const tensors = new Map<Value, Tensor>()
  const read = (value: Value): Tensor => {
    const known = tensors.get(value)
    if (known !== undefined) return known
    const source = sources.get(value)
    if (source?.kind === 'variable') return source.variable.detach()
    if (source?.kind === 'constant') return source.tensor
    throw new CaptureError(
      'compile: got a variable made inside the captured function from its arguments, expected its first value to be known. ' +
        'Make the variable outside, and assign to it inside.',
    )
  }
  for (const node of topologicalOrder([wanted])) {
    const outputs = apply(node.op, node.inputs.map(read), node.attributes)
    node.outputs.forEach((value, place) => {
      const tensor = outputs[place]
      if (tensor !== undefined) tensors.set(value, tensor)
    })
  }
  return read(wanted)
}
