import { mapTensors, type Tensor } from '@chainrule/tensor'

/** A structure with its tensors replaced by those of a list, in order. */
export const fillTensors = <T>(structure: T, list: readonly (Tensor | undefined)[]): T => {
  let place = 0
  return mapTensors(structure, () => list[place++])
}
