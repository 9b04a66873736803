import { input, type MapStructure, type DType } from '@chainrule/tensor'
import type { Step } from '../kernels/block.js'

const structures = new Map<DType, MapStructure>()

const identityOf = (dtype: DType): MapStructure => {
  const known = structures.get(dtype) ?? { inputs: [dtype], outputs: [input(0, dtype)] }
  structures.set(dtype, known)
  return known
}

/**
 * A copy of one whole view is a map that changes nothing: as such it can go into the kernel that writes its source, which then
 * writes in the new order (attention's heads, for one), or into the kernel that reads its result.
 */
export const copiesAsMaps = (steps: readonly Step[]): readonly Step[] =>
  steps.map((step): Step => {
    const { kernel } = step
    if (kernel.kind !== 'copy' || kernel.fill !== undefined || kernel.structure.accumulate) return step
    const [piece, ...others] = kernel.pieces
    if (piece === undefined || others.length > 0) return step
    const { shape, source, target } = piece
    return {
      ...step,
      kernel: {
        kind: 'map',
        structure: identityOf(kernel.structure.dtype),
        spaces: [{ shape, inputs: [source], outputs: [target] }],
      },
    }
  })
