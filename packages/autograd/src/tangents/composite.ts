import { type Tensor, withRecorder } from '@chainrule/tensor'
import type { TangentRule } from '../gradient-rule.js'
import { snapshot } from '../snapshot.js'
import { TangentLevel } from '../tangent-level.js'

/** A composite's own tangent where it has one, else that of its meaning. */
export const compositeTangent: TangentRule<'composite'> = ({ inputs, outputs, attributes }, tangents) => {
  const { composite, options } = attributes
  if (composite.jvp !== undefined) {
    const needs = tangents.map((tangent) => tangent !== undefined)
    return composite.jvp({ options, inputs, outputs, needs }, tangents)
  }
  const level = new TangentLevel()
  const handles = inputs.map((tensor, place): Tensor => {
    const handle = snapshot(tensor)
    const tangent = tangents[place]
    if (tangent !== undefined) level.track(handle, tangent)
    return handle
  })
  return withRecorder(level, () => composite.meaning(handles, options)).map((result) => level.tangentOf(result))
}
