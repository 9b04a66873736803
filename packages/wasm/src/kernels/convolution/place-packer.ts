import { i32, i32x4, type Local, local, v128 } from 'wasmati'
import type { FunctionLibrary, Term, WasmFunction } from '../../assembly/function-builder.js'
import {
  add,
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
import { copyVectors } from '../contraction/copy-vectors.js'
import { moveElement } from '../contraction/move-element.js'
import type { TileArithmetic } from '../contraction/tile-arithmetic.js'
import { tapBytes, walkPairs } from './pair-walk.js'

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
        copyVectors(from, place, width * itemBytes)
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
