import type { DType } from '../dtype.js'
import { type Elements, makeElements, type ReferenceDType, supportedDType } from './elements.js'

/** Most elements that one evaluation of an expression works on; a few registers of this length stay in the caches. */
export const blockLength = 1024

/**
 * Registers of all compiled expressions: kernels run one at a time, so different structures share them, and memory
 * stays bounded by the largest one.
 */
const pool: Record<ReferenceDType, Elements[]> = { bool: [], int32: [], float32: [], float64: [] }

/** Hands out registers that differ from each other, for all the expressions of one structure. */
export class RegisterFile {
  private readonly taken: Record<ReferenceDType, number> = { bool: 0, int32: 0, float32: 0, float64: 0 }

  /**
   * Takes a register.
   *
   * @param dtype - dtype of its elements
   * @returns an array of {@link blockLength} elements; its contents last no longer than one run of a kernel
   */
  take(dtype: DType): Elements {
    const supported = supportedDType(dtype)
    return (pool[supported][this.taken[supported]++] ??= makeElements(supported, blockLength))
  }
}
