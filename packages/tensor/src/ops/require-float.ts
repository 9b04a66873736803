import { isFloating } from '../dtype.js'
import { DTypeError } from '../errors.js'
import { requireTensor } from '../require-tensor.js'
import type { Tensor } from '../tensor.js'

/** Refuses integers and bool where only real numbers have a meaning. */
export const requireFloat = (operation: string, x: Tensor): void => {
  requireTensor(operation, x)
  if (!isFloating(x.dtype)) {
    throw new DTypeError(`${operation}: got ${x.dtype}, expected a floating dtype. Convert with .to('float32').`)
  }
}
