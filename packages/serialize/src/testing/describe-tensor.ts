import type { DType, Tensor } from '@chainrule/tensor'
import { writeElements } from '../write-elements.js'

/** A tensor's dtype, shape and bits, to compare tensors exactly: NaN equals NaN, and 0 is not -0. */
export interface TensorDescription {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly bits: string
}

export async function describeTensor(tensor: Tensor): Promise<TensorDescription> {
  const bytes = writeElements(await tensor.data())
  return { dtype: tensor.dtype, shape: [...tensor.shape], bits: Buffer.from(bytes).toString('hex') }
}
