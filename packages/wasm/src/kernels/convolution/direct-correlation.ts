import { i32, local } from 'wasmati'
import type { FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import { add, countUp, increase, less, mul, named, set, wordFunction } from '../../assembly/words.js'
import type { TileArithmetic } from '../contraction/tile-arithmetic.js'
import { tapBytes, walkPairs } from './pair-walk.js'

/** Vectors of output places that are summed at a time. */
const placeVectors = 4

/**
 * The function for one output plane, without packing:
 * `correlate(window, plane, table, taps, pairs, weights, rowStep, rows, columns, target, targetStep)`, with
 * output[r, s] ← Σ over (channel, tap) pairs of weight · what the place sees. `weights` holds one element a pair. Rows of the
 * target, `targetStep` bytes apart, are written up to a whole vector.
 *
 * @param library - functions of the module
 * @param arithmetic - of the elements
 * @returns the function
 */
export const directCorrelation = (library: FunctionLibrary, arithmetic: TileArithmetic): WasmFunction =>
  wordFunction(library, 11, (builder, words) => {
    const [window, plane, table, taps, pairs, weights, rowStep, rows, columns, target, targetStep] = words
    const { itemBytes, lanes, type } = arithmetic
    const [row, k, from, weight] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    const at = builder.local('i32')
    const end = named(builder, mul(columns, itemBytes))
    const factor = builder.local(type)
    const seen = builder.local(type)
    const zero = named(builder, 0)
    const someVectors = (vectors: number): void => {
      builder.scope(() => {
        const sums = Array.from({ length: vectors }, () => builder.local(type))
        for (const sum of sums) {
          arithmetic.zero()
          local.set(sum)
        }
        const walk = walkPairs(builder, table, taps, plane, tapBytes.source, zero)
        set(weight, weights)
        countUp(k, 0, pairs, 1, () => {
          local.get(weight)
          arithmetic.splat(0)
          local.set(factor)
          set(from, add(window, at, walk.offset))
          sums.forEach((sum, vector) => {
            local.get(from)
            arithmetic.load(vector * lanes * itemBytes)
            local.set(seen)
            arithmetic.multiplyAdd(sum, factor, seen)
          })
          increase(weight, itemBytes)
          walk.next()
        })
        sums.forEach((sum, vector) => {
          i32.add(target, at)
          local.get(sum)
          arithmetic.store(vector * lanes * itemBytes)
        })
      })
    }
    countUp(row, 0, rows, 1, () => {
      const block = placeVectors * lanes * itemBytes
      set(at, 0)
      builder.while(less(add(at, block - 1), end), () => {
        someVectors(placeVectors)
        increase(at, block)
      })
      builder.while(less(at, end), () => {
        someVectors(1)
        increase(at, lanes * itemBytes)
      })
      increase(window, rowStep)
      increase(target, targetStep)
    })
  })
