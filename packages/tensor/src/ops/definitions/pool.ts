import type { OpDefinition } from '../../op-table.js'
import { sizeOf } from '../../shape.js'

/** Pooling over the last two axes and its adjoints: one pool kernel. */
export const poolDefinition: OpDefinition<'pool'> = {
  infer: ([x], { operation, window }) => {
    const { shape, dtype } = x ?? { shape: [], dtype: 'float32' }
    const planes = shape.slice(0, -2)
    if (operation === 'maxGradient' || operation === 'averageGradient') {
      return [{ shape: [...planes, ...window.input], dtype }]
    }
    const result = { shape: [...planes, ...window.output], dtype }
    return operation === 'max' ? [result, { ...result, dtype: 'int32' }] : [result]
  },
  lower: (build, { operation, window, countIncludePad }) => {
    const { shape, dtype } = build.layout(0)
    const inputs = build.inputs.map((_, index) => build.dense(index))
    build.launch(
      {
        kind: 'pool',
        structure: { operation, dtype },
        planes: sizeOf(shape.slice(0, -2)),
        window,
        countIncludePad,
        offsets: { inputs: inputs.map(({ offset }) => offset), outputs: build.outputs.map(() => 0) },
      },
      inputs.map(({ operand }) => operand),
      build.outputs.map((_, index) => build.output(index)),
    )
  },
}
