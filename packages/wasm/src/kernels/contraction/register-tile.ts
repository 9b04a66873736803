import { block, br_if, i32, if_, type Local, local, loop } from 'wasmati'
import { buildFunction, type FunctionLibrary, type WasmFunction } from '../../assembly/function-builder.js'
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

/**
 * The function that computes one register tile from packed panels:
 * `tile(a, b, c, rowBytes, depth, accumulate)`, with
 * C[i, j] ← Σ_k a[k, i] · b[k, j] (+ C[i, j] where `accumulate` is not 0), summed in the order of k from zero. So the bits do
 * not depend on the shape of the tile.
 *
 * `a` is a panel of `depth` × `shape.rows` elements, `b` one of `depth` × `tileColumns`, both dense; `c` has
 * `rowBytes` bytes from row to row.
 *
 * @param library - functions of the module
 * @param arithmetic - of the elements
 * @param shape - of the tile
 * @returns the function
 */
export const registerTile = (library: FunctionLibrary, arithmetic: TileArithmetic, shape: TileShape): WasmFunction =>
  buildFunction(library, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (builder, locals) => {
    const [a, b, c, rowBytes, depth, accumulate] = locals as [Local, Local, Local, Local, Local, Local]
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
      local.set(a as Local<'i32'>, i32.add(a as Local<'i32'>, steps * rows * itemBytes))
      local.set(b as Local<'i32'>, i32.add(b as Local<'i32'>, steps * vectors * vectorBytes))
    }
    const walk = (steps: number): void => {
      // `end` is where `b` is when this loop is done.
      block(null, (done) => {
        i32.eq(b as Local<'i32'>, end)
        br_if(done)
        loop(null, (again) => {
          for (let k = 0; k < steps; k++) step(k)
          advance(steps)
          i32.ne(b as Local<'i32'>, end)
          br_if(again)
        })
      })
    }
    const panelBytes = vectors * vectorBytes
    i32.and(depth as Local<'i32'>, -unroll)
    i32.const(panelBytes)
    i32.mul()
    local.get(b)
    i32.add()
    local.set(end)
    walk(unroll)
    i32.and(depth as Local<'i32'>, unroll - 1)
    i32.const(panelBytes)
    i32.mul()
    local.get(end)
    i32.add()
    local.set(end)
    walk(1)
    const finish = (add: boolean): void => {
      sums.forEach((row, i) => {
        row.forEach((sum, j) => {
          local.get(c)
          if (add) {
            local.get(c)
            arithmetic.load(j * vectorBytes)
          }
          local.get(sum)
          if (add) arithmetic.add()
          arithmetic.store(j * vectorBytes)
        })
        if (i < rows - 1) local.set(c as Local<'i32'>, i32.add(c as Local<'i32'>, rowBytes as Local<'i32'>))
      })
    }
    local.get(accumulate)
    if_(
      null,
      () => {
        finish(true)
      },
      () => {
        finish(false)
      },
    )
  })
