import { i32, local, v128 } from 'wasmati'
import type { FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import {
  add,
  and,
  countUp,
  increase,
  less,
  lessEqual,
  minimum,
  mul,
  named,
  quotient,
  remainder,
  set,
  sub,
  when,
  wordFunction,
} from '../../assembly/words.js'
import { tapBytes, walkPairs } from './pair-walk.js'
import { storeLanes, transposedVectors } from './panel-packer.js'
import { moveElement } from './window-copy.js'
import type { TileArithmetic } from './tile-arithmetic.js'

/**
 * The function that packs what a run of output places sees as the right operand of a product:
 * `packPlaces(window, plane, table, taps, firstPair, depth, rowStep, columns, places, target)`. Lanes are output places
 * 0 … `places` − 1 of an area `columns` wide; the depth is over (channel, tap) pairs from `firstPair` on. `window` is what
 * place 0 sees through a tap of offset 0, `rowStep` the bytes from what a place sees to what the one below sees. Places side by
 * side see elements side by side.
 *
 * @param library - functions of the module
 * @param arithmetic - of the elements
 * @param width - lanes of a panel
 * @returns the function
 */
export const placePacker = (library: FunctionLibrary, arithmetic: TileArithmetic, width: number): WasmFunction =>
  wordFunction(library, 10, (builder, words) => {
    const [window, plane, table, taps, firstPair, depth, rowStep, columns, places, target] = words
    const { itemBytes, lanes } = arithmetic
    const [lane, k, row, column] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    const place = named(builder, target)
    const from = builder.local('i32')
    const last = named(builder, sub(places, 1))
    const bases = Array.from({ length: width }, () => builder.local('i32'))
    countUp(lane, 0, places, width, () => {
      set(row, quotient(lane, columns))
      set(column, remainder(lane, columns))
      builder.scope(() => {
        const pairs = walkPairs(builder, table, taps, plane, tapBytes.source, firstPair)
        when(
          lessEqual(add(column, width), columns),
          () => {
            const base = named(builder, add(window, mul(row, rowStep), mul(column, itemBytes)))
            countUp(k, 0, depth, 1, () => {
              set(from, add(base, pairs.offset))
              for (let copied = 0; copied < width; copied += lanes) {
                if (lanes === 1) moveElement(itemBytes, from, place, copied * itemBytes, copied * itemBytes)
                else {
                  local.get(place)
                  local.get(from)
                  v128.load({ offset: copied * itemBytes, align: 4 })
                  v128.store({ offset: copied * itemBytes, align: 4 })
                }
              }
              increase(place, width * itemBytes)
              pairs.next()
            })
          },
          () => {
            // Places of several rows; those behind the last see what the last sees, and their results are dropped.
            bases.forEach((base, i) => {
              set(row, quotient(minimum(add(lane, i), last), columns))
              set(column, remainder(minimum(add(lane, i), last), columns))
              set(base, add(window, mul(row, rowStep), mul(column, itemBytes)))
            })
            countUp(k, 0, depth, 1, () => {
              bases.forEach((base, i) => {
                set(from, add(base, pairs.offset))
                moveElement(itemBytes, from, place, 0, i * itemBytes)
              })
              increase(place, width * itemBytes)
              pairs.next()
            })
          },
        )
      })
    })
  })

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
