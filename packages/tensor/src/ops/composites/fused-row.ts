import type { DType } from '../../dtype.js'
import type { Cell } from '../../cell.js'
import type { RowStructure } from '../../kernel.js'
import type { Lowering } from '../../lowering.js'
import { rowSpace } from '../definitions/reduce.js'

/** Makes the structure of a fused row kernel once for each dtype. */
export const rowStructure = (make: (dtype: DType) => RowStructure): ((dtype: DType) => RowStructure) => {
  const made = new Map<DType, RowStructure>()
  return (dtype) => {
    const known = made.get(dtype) ?? make(dtype)
    made.set(dtype, known)
    return known
  }
}

/** Adds one row kernel over all inputs, which share a shape (broadcast inputs carry stride 0). */
export const launchRow = (
  build: Lowering,
  structure: RowStructure,
  axes: readonly number[],
  cells: readonly (number | Cell)[] = [],
): void => {
  build.launch(
    {
      kind: 'row',
      structure,
      spaces: [
        rowSpace(
          build.inputs,
          axes,
          structure.outputs.map(({ per }) => per),
        ),
      ],
    },
    build.inputs.map((_, index) => build.input(index)),
    structure.outputs.map((_, index) => build.output(index)),
    cells,
  )
}
