import { Tensor } from '@chainrule/tensor'
import type { Dataset } from './dataset.js'

/** Whether samples are read one by one through `get`, rather than rows of tensors or elements of an array. */
export const isDataset = (source: object): source is Dataset<unknown, unknown> =>
  !(source instanceof Tensor) &&
  'get' in source &&
  typeof source.get === 'function' &&
  'length' in source &&
  typeof source.length === 'number'
