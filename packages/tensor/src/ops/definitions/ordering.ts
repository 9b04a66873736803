import type { OpDefinition } from '../../op-table.js'
import { aroundAxis } from './indexing.js'

/** Running sums along an axis: one scan kernel. */
export const scanDefinition: OpDefinition<'scan'> = {
  infer: ([x]) => [{ shape: x?.shape ?? [], dtype: x?.dtype ?? 'float32' }],
  lower: (build, { axis, reverse, exclusive }) => {
    const { shape, dtype } = build.layout(0)
    const input = build.dense(0)
    build.launch(
      {
        kind: 'scan',
        structure: { reduction: 'sum', dtype, reverse, exclusive },
        ...aroundAxis(shape, axis),
        axis: shape[axis] ?? 1,
        offsets: { input: input.offset, output: 0 },
      },
      [input.operand],
      [build.output(0)],
    )
  },
}

/** Stable sort along an axis, or its first places: one sort kernel. */
export const sortDefinition: OpDefinition<'sort'> = {
  infer: ([x], { axis, count }) => {
    const shape = (x?.shape ?? []).map((length, place) => (place === axis ? count : length))
    return [
      { shape, dtype: x?.dtype ?? 'float32' },
      { shape, dtype: 'int32' },
    ]
  },
  lower: (build, { axis, descending, count }) => {
    const { shape, dtype } = build.layout(0)
    const input = build.dense(0)
    build.launch(
      {
        kind: 'sort',
        structure: { dtype, descending },
        ...aroundAxis(shape, axis),
        axis: shape[axis] ?? 1,
        count,
        offsets: { input: input.offset, values: 0, places: 0 },
      },
      [input.operand],
      [build.output(0), build.output(1)],
    )
  },
}
