import { promoteTypes } from '../dtype.js'
import type { Tensor } from '../tensor.js'
import { castTo } from './conversion.js'

/** All tensors in their common dtype. */
export const promoteAll = (tensors: readonly Tensor[]): readonly Tensor[] => {
  const [first, ...others] = tensors
  if (first === undefined) return tensors
  const dtype = others.reduce((known, tensor) => promoteTypes(known, tensor.dtype), first.dtype)
  return tensors.map((tensor) => castTo(tensor, dtype))
}
