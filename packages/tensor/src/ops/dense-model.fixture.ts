import { tensor } from './from-data.js'
import type { Tensor } from '../tensor.js'
import { coordinatesOf } from '../reference/layouts.fixture.js'

/** What a tensor means: a number at each coordinate. Slow and obvious, to compare with. */
export interface Dense {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** The number at a coordinate. */
export const at = ({ shape, data }: Dense, coordinate: readonly number[]): number =>
  data[coordinate.reduce((place, index, axis) => place * (shape[axis] ?? 1) + index, 0)] ?? Number.NaN

/** A model from a function of the coordinate. */
export const dense = (shape: readonly number[], numberAt: (coordinate: readonly number[]) => number): Dense => ({
  shape,
  data: coordinatesOf(shape).map(numberAt),
})

/** 0, 1, 2, … in a shape. */
export const counting = (shape: readonly number[]): Dense => {
  let next = 0
  return dense(shape, () => next++)
}

/** The tensor of a model. */
export const tensorOf = ({ shape, data }: Dense, dtype: 'float32' | 'float64' | 'int32' = 'float32'): Tensor =>
  tensor(data, { shape, dtype })

/** The model of a tensor. */
export const modelOf = (x: Tensor): Dense => ({ shape: x.shape, data: [...x.dataSync()] })

/** The coordinate in `from` whose element stands at `coordinate` after broadcasting to a larger shape. */
export const broadcastAt = (from: Dense, coordinate: readonly number[]): number =>
  at(
    from,
    from.shape.map((size, axis) => (size === 1 ? 0 : (coordinate[coordinate.length - from.shape.length + axis] ?? 0))),
  )
