import { type DType, itemSize } from '@chainrule/tensor'
import { i32, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { Term } from '../assembly/function-builder.js'
import type { Lanes } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { storeElement, storeElements } from '../assembly/memory-code.js'

/** A value and where it goes. */
export interface StoredOutput {
  readonly dtype: DType
  readonly pointer: Local<'i32'>
  /** To be emitted once, or where only some lanes count, often. */
  readonly value: Term
}

/**
 * Emits code that stores a vector of each output.
 *
 * @param lanes - the arithmetic
 * @param outputs - values and pointers
 * @param vector - how many vectors behind the pointers
 * @param left - how many lanes count, where that may be fewer than all
 */
export const storeValues = (
  lanes: Lanes,
  outputs: readonly StoredOutput[],
  vector: number,
  left?: Local<'i32'>,
): void => {
  const whole = (): void => {
    for (const { dtype, pointer, value } of outputs) {
      storeElements(lanes, dtype, readLocal(pointer), value, vector * lanes.count * itemSize(dtype))
    }
  }
  if (left === undefined || lanes.count === 1) {
    whole()
    return
  }
  i32.ge_u(left, lanes.count)
  branch(whole, () => {
    for (let lane = 0; lane < lanes.count - 1; lane++) {
      i32.ge_u(left, lane + 1)
      branch(() => {
        for (const { dtype, pointer, value } of outputs) {
          storeElement(lanes, dtype, readLocal(pointer), value, lane, lane * itemSize(dtype))
        }
      })
    }
  })
}
