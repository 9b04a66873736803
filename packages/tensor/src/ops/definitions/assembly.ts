import type { OpDefinition } from '../../op-table.js'
import { denseStrides, sizeOf } from '../../shape.js'
import type { CopyPiece } from '../../kernel.js'

/** A tensor inside a larger one of a constant: a copy kernel that fills, then places one piece. */
export const padDefinition: OpDefinition<'pad'> = {
  infer: ([x], { shape }) => [{ shape, dtype: x?.dtype ?? 'float32' }],
  lower: (build, { shape, before, steps, value }) => {
    const layout = build.layout(0)
    const strides = denseStrides(shape)
    const offset = strides.reduce((sum, stride, axis) => sum + stride * (before[axis] ?? 0), 0)
    const target = { strides: strides.map((stride, axis) => stride * (steps[axis] ?? 1)), offset }
    build.launch(
      {
        kind: 'copy',
        structure: { dtype: layout.dtype, accumulate: false },
        fill: { value, size: sizeOf(shape), offset: 0 },
        pieces: [{ input: 0, shape: layout.shape, source: layout, target }],
      },
      [build.input(0)],
      [build.output(0)],
    )
  },
}

/** Tensors one after another along an axis: a copy kernel with a piece each. */
export const concatDefinition: OpDefinition<'concat'> = {
  infer: (inputs, { axis }) => {
    const shape = inputs[0]?.shape ?? []
    const total = inputs.reduce((sum, x) => sum + (x.shape[axis] ?? 0), 0)
    return [
      { shape: shape.map((length, place) => (place === axis ? total : length)), dtype: inputs[0]?.dtype ?? 'float32' },
    ]
  },
  lower: (build, { axis }) => {
    const result = build.result()
    let start = 0
    const pieces: CopyPiece[] = []
    build.inputs.forEach((layout, index) => {
      const offset = result.offset + start * (result.strides[axis] ?? 0)
      pieces.push({ input: index, shape: layout.shape, source: layout, target: { strides: result.strides, offset } })
      start += layout.shape[axis] ?? 0
    })
    build.launch(
      { kind: 'copy', structure: { dtype: result.dtype, accumulate: false }, pieces },
      build.inputs.map((_, index) => build.input(index)),
      [build.output(0)],
    )
  },
}
