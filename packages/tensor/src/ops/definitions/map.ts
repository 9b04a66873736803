import type { OpDefinition } from '../../op-table.js'
import { broadcastStrides } from '../../shape.js'

/** Any elementwise expression: one map kernel, operands broadcast through strides. */
export const mapDefinition: OpDefinition<'map'> = {
  infer: (_, { shape, structure }) => structure.outputs.map(({ dtype }) => ({ shape, dtype })),
  lower: (build, { shape, structure, cells }) => {
    const inputs = build.inputs.map((layout) => ({
      strides: broadcastStrides(layout.shape, layout.strides, shape),
      offset: layout.offset,
    }))
    build.launch(
      { kind: 'map', structure, spaces: [{ shape, inputs, outputs: build.outputs }] },
      build.inputs.map((_, index) => build.input(index)),
      build.outputs.map((_, index) => build.output(index)),
      cells,
    )
  },
}
