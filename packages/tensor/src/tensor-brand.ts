import type { Tensor } from './tensor.js'

/** Marks tensors, so that modules under the class can tell them from other objects. */
export const tensorBrand: unique symbol = Symbol('tensor')

/**
 * Whether a value is a tensor.
 *
 * @param value - anything
 * @returns true for tensors of this copy of the package
 */
export const isTensor = (value: unknown): value is Tensor =>
  typeof value === 'object' && value !== null && tensorBrand in value
