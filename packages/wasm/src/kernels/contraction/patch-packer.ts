import { i32, i32x4, type Local, local, v128 } from 'wasmati'
import type { FunctionLibrary, Term, WasmFunction } from '../../assembly/function-builder.js'
import {
  add,
  and,
  countUp,
  increase,
  less,
  lessEqual,
  loadWord,
  minimum,
  mul,
  named,
  push,
  quotient,
  remainder,
  set,
  sub,
  when,
  type Word,
  wordFunction,
} from '../../assembly/words.js'
import { tapBytes, walkPairs } from './pair-walk.js'
import { storeLanes, transposedVectors } from './panel-packer.js'
import { moveElement } from './move-element.js'
import type { TileArithmetic } from './tile-arithmetic.js'

/**
 * The function that packs what a run of output places sees as the right operand of a product:
 * `packPlaces(window, plane, table, taps, firstPair, depth, rowStep, columns, places, target, offsets)`. Lanes are output places
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
  wordFunction(library, 11, (builder, words) => {
    const [window, plane, table, taps, firstPair, depth, rowStep, columns, places, target, offsets] = words
    const { itemBytes, lanes } = arithmetic
    const [first, from] = [builder.local('i32'), builder.local('i32')]
    const place = named(builder, target)
    const last = named(builder, sub(places, 1))
    const entry = builder.local('i32')
    const endOfOffsets = named(builder, add(offsets, mul(depth, 4)))
    builder.scope(() => {
      const pairs = walkPairs(builder, table, taps, plane, tapBytes.source, firstPair)
      countUp(entry, offsets, endOfOffsets, 4, () => {
        i32.store({}, entry, pairs.offset as Local<'i32'>)
        pairs.next()
      })
    })
    /** Byte address of what a place sees through a tap of offset 0; places behind the last are taken for it. */
    const seenBy = (lane: Word): Term => {
      const exists = minimum(lane, last)
      const inRow = mul(remainder(exists, columns), itemBytes)
      return add(window, mul(quotient(exists, columns), rowStep), inRow)
    }
    /** Packs one panel, pair by pair; \`copy\` reads the offset of the pair with \`loadWord(entry, 0)\`. */
    const eachPair = (copy: () => void): void => {
      countUp(entry, offsets, endOfOffsets, 4, () => {
        copy()
        increase(place, width * itemBytes)
      })
    }
    const vectorStarts = Array.from({ length: lanes > 1 ? width / lanes : 0 }, (_, vector) => vector * lanes)
    const placesOfOneRow = (): void => {
      const base = named(builder, seenBy(first))
      eachPair(() => {
        set(from, add(base, loadWord(entry, 0)))
        for (const lane of vectorStarts) {
          local.get(place)
          local.get(from)
          v128.load({ offset: lane * itemBytes, align: 4 })
          v128.store({ offset: lane * itemBytes, align: 4 })
        }
      })
    }
    /** A vector holds the end of one row of places and the beginning of the next: both are read, and joined by a mask. */
    const placesOfSomeRows = (): void => {
      const gap = named(builder, sub(rowStep, mul(columns, itemBytes)))
      const vectors = vectorStarts.map((lane) => {
        const start = named(builder, add(first, lane))
        const mask = builder.local('v128')
        v128.const('i32x4', itemBytes === 4 ? [0, 1, 2, 3] : [0, 0, 1, 1])
        push(sub(columns, remainder(minimum(start, last), columns)))
        i32x4.splat()
        i32x4.lt_s()
        local.set(mask)
        set(start, seenBy(start))
        return { start, mask }
      })
      eachPair(() => {
        vectors.forEach(({ start, mask }, vector) => {
          set(from, add(start, loadWord(entry, 0)))
          local.get(place)
          local.get(from)
          v128.load({ align: 4 })
          i32.add(from, gap)
          v128.load({ align: 4 })
          local.get(mask)
          v128.bitselect()
          v128.store({ offset: vector * 16, align: 4 })
        })
      })
    }
    const placesOneByOne = (): void => {
      const bases = Array.from({ length: width }, (_, i) => named(builder, seenBy(add(first, i))))
      eachPair(() => {
        bases.forEach((base, i) => {
          set(from, add(base, loadWord(entry, 0)))
          moveElement(itemBytes, from, place, 0, i * itemBytes)
        })
      })
    }
    const inScope = (body: () => void) => (): void => {
      builder.scope(body)
    }
    countUp(first, 0, places, width, () => {
      if (lanes === 1) inScope(placesOneByOne)()
      else {
        when(
          lessEqual(add(remainder(first, columns), width), columns),
          inScope(placesOfOneRow),
          // A vector meets two rows at most where rows have this many places.
          () => {
            when(less(columns, lanes - 1), inScope(placesOneByOne), inScope(placesOfSomeRows))
          },
        )
      }
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
