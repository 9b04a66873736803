import { isFloating, type Tensor, type Value, withRecorder } from '@chainrule/tensor'
import { backpropagate, type Seed } from './backpropagate.js'
import { GradientLevel, snapshot } from './gradient-level.js'

/** Handles on tensors that a level tracks, with the value of each. */
export const trackAll = (
  level: GradientLevel,
  tensors: readonly Tensor[],
): { readonly handles: readonly Tensor[]; readonly values: readonly Value[] } => {
  const handles = tensors.map(snapshot)
  return { handles, values: handles.map((handle) => level.track(handle)) }
}

/** Gradients of the inputs of a function from those of its results, by running it under a level of its own. */
export const pullBackThrough = (
  run: (inputs: readonly Tensor[]) => readonly Tensor[],
  tensors: readonly Tensor[],
  needs: readonly boolean[],
  gradients: readonly (Tensor | undefined)[],
): readonly (Tensor | undefined)[] => {
  const level = new GradientLevel()
  const handles = tensors.map(snapshot)
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
}
