import { block, br_if, i32, type Local, local, loop, v128 } from 'wasmati'
import type { FunctionBuilder, FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import { and, equal, less, when, wordFunction } from '../../assembly/words.js'
import type { TileArithmetic } from './tile-arithmetic.js'

/** A block of the product whose sums stay in registers. */
export interface TileShape {
  readonly rows: number
  /** Columns, counted in vectors of 16 bytes. */
  readonly vectors: number
}

/**
 * Columns of a tile, with SIMD or without.
 *
 * @param shape - of the tile
 * @param itemBytes - bytes of an element
 * @returns how many
 */
export const tileColumns = ({ vectors }: TileShape, itemBytes: number): number => vectors * (16 / itemBytes)

/** Depth that one turn of the inner loop works off. */
const unroll = 1

/** Runs a body for every lane of a vector in front of `count`, a number of lanes. */
const eachLane = (lanes: number, first: number, count: Local, body: (lane: number) => void): void => {
  for (let lane = 0; lane < lanes; lane++) {
    when(less(first + lane, count), () => {
      body(lane)
    })
  }
}

/** Stores those elements of a vector of sums that exist, added to what is there where `accumulate` is not 0. */
const storePart = (
  builder: FunctionBuilder,
  arithmetic: TileArithmetic,
  c: Local,
  sum: Local,
  vector: number,
  columns: Local,
  accumulate: Local,
): void => {
  const { type, itemBytes, lanes } = arithmetic
  const at = (lane: number) => ({ offset: (vector * lanes + lane) * itemBytes })
  const before = builder.local(type)
  when(accumulate, () => {
    arithmetic.zero()
    local.set(before)
    eachLane(lanes, vector * lanes, columns, (lane) => {
      local.get(c)
      local.get(before)
      if (itemBytes === 8) v128.load64_lane(at(lane), lane)
      else v128.load32_lane(at(lane), lane)
      local.set(before)
    })
    local.get(before)
    local.get(sum)
    arithmetic.add()
    local.set(sum)
  })
  eachLane(lanes, vector * lanes, columns, (lane) => {
    local.get(c)
    local.get(sum)
    if (itemBytes === 8) v128.store64_lane(at(lane), lane)
    else v128.store32_lane(at(lane), lane)
  })
}

/**
 * The function that computes one register tile from packed panels:
 * `tile(a, b, c, rowBytes, depth, accumulate, height, width)`, with
 * C[i, j] ← Σ_k a[k, i] · b[k, j] (+ C[i, j] where `accumulate` is not 0), summed in the order of k from zero. So the bits do
 * not depend on the shape of the tile.
 *
 * `a` is a panel of `depth` × `shape.rows` elements, `b` one of `depth` × `tileColumns`, both dense; `c` has
 * `rowBytes` bytes from row to row. Only `height` rows and `width` columns of C exist.
 *
 * @param library - functions of the module
 * @param arithmetic - of the elements
 * @param shape - of the tile
 * @returns the function
 */
export const registerTile = (library: FunctionLibrary, arithmetic: TileArithmetic, shape: TileShape): WasmFunction =>
  wordFunction(library, 8, (builder, words) => {
    const [a, b, c, rowBytes, depth, accumulate, height, width] = words
    const { type, itemBytes, lanes } = arithmetic
    const { rows } = shape
    const vectors = tileColumns(shape, itemBytes) / lanes
    const vectorBytes = itemBytes * lanes
    const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => builder.local(type)))
    const right = Array.from({ length: vectors }, () => builder.local(type))
    const left = builder.local(type)
    const end = builder.local('i32')
    for (const sum of sums.flat()) {
      arithmetic.zero()
      local.set(sum)
    }
    const step = (k: number): void => {
      right.forEach((vector, j) => {
        local.get(b)
        arithmetic.load((k * vectors + j) * vectorBytes)
        local.set(vector)
      })
      sums.forEach((row, i) => {
        local.get(a)
        arithmetic.splat((k * rows + i) * itemBytes)
        local.set(left)
        row.forEach((sum, j) => {
          arithmetic.multiplyAdd(sum, left, right[j] as Local)
        })
      })
    }
    const advance = (steps: number): void => {
      local.set(a, i32.add(a, steps * rows * itemBytes))
      local.set(b, i32.add(b, steps * vectors * vectorBytes))
    }
    const walk = (steps: number): void => {
      // `end` is where `b` is when this loop is done.
      block(null, (done) => {
        i32.eq(b, end)
        br_if(done)
        loop(null, (again) => {
          for (let k = 0; k < steps; k++) step(k)
          advance(steps)
          i32.ne(b, end)
          br_if(again)
        })
      })
    }
    const panelBytes = vectors * vectorBytes
    i32.and(depth, -unroll)
    i32.const(panelBytes)
    i32.mul()
    local.get(b)
    i32.add()
    local.set(end)
    walk(unroll)
    i32.and(depth, unroll - 1)
    i32.const(panelBytes)
    i32.mul()
    local.get(end)
    i32.add()
    local.set(end)
    walk(1)
    const nextRow = (): void => {
      local.set(c, i32.add(c, rowBytes))
    }
    const store = (sum: Local, vector: number, add: boolean): void => {
      local.get(c)
      if (add) {
        local.get(c)
        arithmetic.load(vector * vectorBytes)
      }
      local.get(sum)
      if (add) arithmetic.add()
      arithmetic.store(vector * vectorBytes)
    }
    const storeWhole = (add: boolean) => (): void => {
      sums.forEach((row, i) => {
        row.forEach((sum, j) => {
          store(sum, j, add)
        })
        if (i < rows - 1) nextRow()
      })
    }
    const storeEdge = (): void => {
      sums.forEach((row, i) => {
        when(less(i, height), () => {
          row.forEach((sum, j) => {
            when(
              less((j + 1) * lanes - 1, width),
              () => {
                const adds = (add: boolean) => (): void => {
                  store(sum, j, add)
                }
                when(accumulate, adds(true), adds(false))
              },
              () => {
                if (lanes === 1) return
                builder.scope(() => {
                  storePart(builder, arithmetic, c, sum, j, width, accumulate)
                })
              },
            )
          })
        })
        nextRow()
      })
    }
    when(
      and(equal(height, rows), equal(width, vectors * lanes)),
      () => {
        when(accumulate, storeWhole(true), storeWhole(false))
      },
      storeEdge,
    )
  })
