import { itemSize } from '@chainrule/tensor'
import { i8x16 } from 'wasmati'
import type { Term } from '../assembly/function-builder.js'
import { keepValue, type Lanes } from '../assembly/lanes.js'
import { found } from './element-sources.js'
import type { ReductionCode, State } from './reduction-code.js'

type SixteenLanes = Parameters<typeof i8x16.shuffle>[0]

/** Bytes of a vector whose lanes of `bytes` bytes are exchanged in groups of `group`. */
const exchange = (bytes: number, group: number): SixteenLanes =>
  Array.from({ length: 16 }, (_, at) => (at ^ (bytes * group)) & 15)

/**
 * Merges the lanes of a state, so that every lane holds the whole.
 *
 * @param lanes - the arithmetic
 * @param reduction - the reduction
 * @param state - its state; emitted often
 * @returns the merged state, kept
 */
export const acrossLanes = (lanes: Lanes, reduction: ReductionCode, state: State): State => {
  let merged = state
  for (let group = lanes.count / 2; group >= 1; group /= 2) {
    const one = merged
    const other = reduction.state.map((dtype, at): Term => {
      const term = found(one[at], 'part')
      const bytes = dtype === 'bool' ? 4 : itemSize(dtype)
      return keepValue(lanes, dtype, () => {
        term()
        term()
        i8x16.shuffle(exchange(bytes, group))
      })
    })
    merged = reduction
      .merge(lanes, one, other)
      .map((term, at) => keepValue(lanes, found(reduction.state[at], 'part'), term))
  }
  return merged
}
