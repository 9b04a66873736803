import { i32, local } from 'wasmati'
import type { FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import { add, countUp, increase, less, mul, named, set, when, wordFunction } from '../../assembly/words.js'
import { moveElement } from '../contraction/move-element.js'
import type { TileArithmetic } from '../contraction/tile-arithmetic.js'
import { tapBytes, walkPairs } from './pair-walk.js'

/**
 * The function that packs weights as the left operand of a product:
 * `packTaps(weights, rowStride, channelStride, table, taps, firstPair, depth, rows, target)`. Lanes are rows, the depth is over
 * (channel, tap) pairs from `firstPair` on. Strides are in bytes; rows that do not exist are zeros.
 *
 * @param library - functions of the module
 * @param arithmetic - of the elements
 * @param width - lanes of a panel
 * @returns the function
 */
export const tapPacker = (library: FunctionLibrary, arithmetic: TileArithmetic, width: number): WasmFunction =>
  wordFunction(library, 9, (builder, words) => {
    const [weights, rowStride, channelStride, table, taps, firstPair, depth, rows, target] = words
    const { itemBytes } = arithmetic
    const [lane, k, from, place] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      named(builder, target),
    ]
    countUp(lane, 0, rows, width, () => {
      builder.scope(() => {
        const pairs = walkPairs(builder, table, taps, channelStride, tapBytes.weight, firstPair)
        const start = named(builder, add(weights, mul(lane, rowStride)))
        countUp(k, 0, depth, 1, () => {
          set(from, add(start, pairs.offset))
          for (let i = 0; i < width; i++) {
            when(
              less(add(lane, i), rows),
              () => {
                moveElement(itemBytes, from, place, 0, i * itemBytes)
              },
              () => {
                for (let word = 0; word < itemBytes; word += 4) {
                  local.get(place)
                  i32.const(0)
                  i32.store({ offset: i * itemBytes + word })
                }
              },
            )
            increase(from, rowStride)
          }
          increase(place, width * itemBytes)
          pairs.next()
        })
      })
    })
  })
