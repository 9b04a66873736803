import { tensor, type Tensor } from '@chainrule/tensor'

/** The elements of a tensor as plain numbers. */
export const numbers = (x: Tensor | undefined): number[] => {
  if (x === undefined) throw new Error('expected a tensor, got none')
  // + 0 makes −0 plain 0: the sign of zero is no subject here.
  return Array.from(x.dataSync(), (value) => value + 0)
}

/** A float64 tensor. */
export const double = (data: number | readonly number[] | readonly (readonly number[])[]): Tensor =>
  tensor(data, { dtype: 'float64' })
