import type { DType } from './dtype.js'
import { denseStrides } from './shape.js'
import type { View } from './view.js'

/** What an op's result is, before it exists. */
export interface TensorSpec {
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** A tensor as kernels see it: a view of some storage, and a dtype. */
export interface TensorLayout extends View {
  readonly dtype: DType
}

/** The dense layout of a fresh tensor. */
export const denseLayout = ({ shape, dtype }: TensorSpec): TensorLayout => ({
  shape,
  dtype,
  strides: denseStrides(shape),
  offset: 0,
})
