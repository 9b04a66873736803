import type { FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import { add, callWith, countUp, increase, minimum, mul, named, set, sub, wordFunction } from '../../assembly/words.js'
import { registerTile, tileColumns, type TileShape } from './register-tile.js'
import type { TileArithmetic } from './tile-arithmetic.js'

/**
 * The function that multiplies packed panels:
 * `block(a, rows, b, columns, depth, c, rowBytes, accumulate)` for C[rows, columns] ← A · B (+ C where `accumulate` is not 0).
 *
 * @param library - functions of the module
 * @param arithmetic - of the elements
 * @param shape - of the register tile
 * @returns the function
 */
export const tileBlock = (library: FunctionLibrary, arithmetic: TileArithmetic, shape: TileShape): WasmFunction => {
  const tile = registerTile(library, arithmetic, shape)
  const { itemBytes } = arithmetic
  const { rows: tileRows } = shape
  const columnCount = tileColumns(shape, itemBytes)
  return wordFunction(library, 8, (builder, words) => {
    const [a, rows, b, columns, depth, c, rowBytes, accumulate] = words
    const leftBytes = named(builder, mul(depth, tileRows * itemBytes))
    const rightBytes = named(builder, mul(depth, columnCount * itemBytes))
    const tileStep = named(builder, mul(rowBytes, tileRows))
    const [i, j, left, target] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    const [height, width] = [builder.local('i32'), builder.local('i32')]
    countUp(j, 0, columns, columnCount, () => {
      set(left, a)
      set(target, add(c, mul(j, itemBytes)))
      set(width, minimum(columnCount, sub(columns, j)))
      countUp(i, 0, rows, tileRows, () => {
        set(height, minimum(tileRows, sub(rows, i)))
        callWith(tile, [left, b, target, rowBytes, depth, accumulate, height, width])
        increase(left, leftBytes)
        increase(target, tileStep)
      })
      increase(b, rightBytes)
    })
  })
}
