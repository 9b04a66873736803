import { type Tensor, type TypedArray, tensor } from '@chainrule/tensor'
import { type ElementType, elementLayouts } from './element-type.js'

/** Options of every function that loads tensors. */
export interface LoadOptions {
  /** Name of the device the tensors go to; the default device without it. */
  readonly device?: string
}

/** A tensor of what was read from a file. */
export function makeTensor(
  data: TypedArray,
  type: ElementType,
  shape: readonly number[],
  { device }: LoadOptions,
): Tensor {
  const { dtype } = elementLayouts[type]
  return tensor(data, { shape, dtype, ...(device === undefined ? {} : { device }) })
}
