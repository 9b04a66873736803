import type { OpDefinition } from '../../op-table.js'
import { sizeOf } from '../../shape.js'

/** Counter-based random numbers: one random kernel. */
export const randomDefinition: OpDefinition<'random'> = {
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
  lower: (build, { distribution, shape, dtype, cells }) => {
    build.launch(
      { kind: 'random', structure: { distribution, dtype }, size: sizeOf(shape), offset: 0 },
      [],
      [build.output(0)],
      cells,
    )
  },
}
