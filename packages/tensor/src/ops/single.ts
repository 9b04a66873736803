import type { Tensor } from '../tensor.js'

/** The only output of an op that has one. */
export const single = (outputs: readonly Tensor[]): Tensor => {
  const [output] = outputs
  if (output === undefined) throw new RangeError('an op with one output gave none')
  return output
}
