import { isFloating, scope, type Tensor, withRecorder } from '@chainrule/tensor'
import { backpropagate, type Seed } from './backpropagate.js'
import { GradientLevel } from './gradient-level.js'
import { snapshot } from './snapshot.js'

/**
 * Gradients of the inputs of a function from those of its results, by running it under a level of its own. What is computed
 * on the way is released at once.
 */
export const pullBackThrough = (
  run: (inputs: readonly Tensor[]) => readonly Tensor[],
  tensors: readonly Tensor[],
  needs: readonly boolean[],
  gradients: readonly (Tensor | undefined)[],
): readonly (Tensor | undefined)[] =>
  scope(() => {
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
  })
