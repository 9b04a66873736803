import { i32, local, v128 } from 'wasmati'
import type { FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import { add, and, countUp, increase, less, mul, named, set, when, wordFunction } from '../../assembly/words.js'
import { moveElement } from '../contraction/move-element.js'
import { storeLanes, transposedVectors } from '../contraction/panel-packer.js'
import type { TileArithmetic } from '../contraction/tile-arithmetic.js'
import { tapBytes, walkPairs } from './pair-walk.js'

/**
 * The function that packs what an area of output places sees with its (channel, tap) pairs as lanes, for products over
 * places: `packPairs(window, plane, table, taps, firstPair, pairs, rowStep, rows, columns, target, panelDepth)`. The depth is
 * over the places of the area, row by row.
 *
 * @param library - functions of the module
 * @param arithmetic - of the elements
 * @param width - lanes of a panel
 * @returns the function
 */
export const pairPacker = (library: FunctionLibrary, arithmetic: TileArithmetic, width: number): WasmFunction =>
  wordFunction(library, 11, (builder, words) => {
    const [window, plane, table, taps, firstPair, pairs, rowStep, rows, columns, target, panelDepth] = words
    const { itemBytes, lanes } = arithmetic
    const rowBytes = width * itemBytes
    const [lane, row, column, from, place] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    const panel = named(builder, target)
    const panelBytes = named(builder, mul(panelDepth, rowBytes))
    const full = named(builder, lanes === 1 ? 0 : and(columns, -lanes))
    const bases = Array.from({ length: width }, () => builder.local('i32'))
    const inRow = builder.local('i32')
    countUp(lane, 0, pairs, width, () => {
      builder.scope(() => {
        const pair = named(builder, add(firstPair, lane))
        const walk = walkPairs(builder, table, taps, plane, tapBytes.source, pair)
        // Lanes behind the last pair see what it sees, and their results are dropped.
        bases.forEach((base, i) => {
          set(base, add(window, walk.offset))
          if (i < width - 1) when(less(add(lane, i + 1), pairs), walk.next)
        })
      })
      set(place, panel)
      set(inRow, 0)
      countUp(row, 0, rows, 1, () => {
        set(from, inRow)
        if (lanes > 1) {
          countUp(column, 0, full, lanes, () => {
            for (let first = 0; first < width; first += lanes) {
              builder.scope(() => {
                const count = Math.min(lanes, width - first)
                const vectors = Array.from({ length: lanes }, (_, i) => {
                  const value = builder.local('v128')
                  const base = bases[first + i]
                  if (base === undefined) arithmetic.zero()
                  else {
                    i32.add(base, from)
                    v128.load({ align: 4 })
                  }
                  local.set(value)
                  return value
                })
                transposedVectors(builder, vectors).forEach((value, step) => {
                  storeLanes(arithmetic, place, step * rowBytes + first * itemBytes, value, count)
                })
              })
            }
            increase(from, lanes * itemBytes)
            increase(place, lanes * rowBytes)
          })
        }
        countUp(column, full, columns, 1, () => {
          bases.forEach((base, i) => {
            const source = builder.scope(() => named(builder, add(base, from)))
            moveElement(itemBytes, source, place, 0, i * itemBytes)
          })
          increase(from, itemBytes)
          increase(place, rowBytes)
        })
        increase(inRow, rowStep)
      })
      increase(panel, panelBytes)
    })
  })
