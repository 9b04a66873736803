import { call, local, type Local } from 'wasmati'
import {
  buildFunction,
  type FunctionBuilder,
  type FunctionLibrary,
  type WasmFunction,
} from '../../assembly/function-builder.js'
import { add, and, countUp, equal, increase, minimum, mul, named, set, sub, when } from '../../assembly/words.js'
import { registerTile, tileColumns, type TileShape } from './register-tile.js'
import { type TileArithmetic, tileArithmetic } from './tile-arithmetic.js'
import type { WasmFeatures } from '../../kernel-code.js'

/** Copies the part of a tile that exists, or adds it to what is there, element by element. */
const copyEdge = (
  builder: FunctionBuilder,
  number: TileArithmetic,
  from: { readonly address: Local; readonly rowBytes: number },
  to: { readonly address: Local; readonly rowBytes: Local },
  size: { readonly rows: Local; readonly columns: Local },
  accumulate: boolean,
): void => {
  const [i, j] = [builder.local('i32'), builder.local('i32')]
  const [fromRow, toRow] = [named(builder, from.address), named(builder, to.address)]
  const [source, target] = [builder.local('i32'), builder.local('i32')]
  countUp(i, 0, size.rows, 1, () => {
    set(source, fromRow)
    set(target, toRow)
    countUp(j, 0, size.columns, 1, () => {
      local.get(target)
      if (accumulate) {
        local.get(target)
        number.load(0)
      }
      local.get(source)
      number.load(0)
      if (accumulate) number.add()
      number.store(0)
      increase(source, number.itemBytes)
      increase(target, number.itemBytes)
    })
    increase(fromRow, from.rowBytes)
    increase(toRow, to.rowBytes)
  })
}

/**
 * The function that multiplies packed panels:
 * `block(a, rows, b, columns, depth, c, rowBytes, accumulate, spare)` for C[rows, columns] ← A · B (+ C where `accumulate` is
 * not 0). Tiles that reach over an edge are computed at `spare`, and what exists of them is copied.
 *
 * @param library - functions of the module
 * @param features - of the engine
 * @param arithmetic - of the elements
 * @param shape - of the register tile
 * @returns the function
 */
export const tileBlock = (
  library: FunctionLibrary,
  features: WasmFeatures,
  arithmetic: TileArithmetic,
  shape: TileShape,
): WasmFunction => {
  const tile = registerTile(library, arithmetic, shape)
  const { itemBytes } = arithmetic
  const { rows: tileRows } = shape
  const columnCount = tileColumns(shape, itemBytes)
  const number = tileArithmetic(arithmetic.dtype, { ...features, simd: false })
  return buildFunction(library, new Array<'i32'>(9).fill('i32'), [], (builder, locals) => {
    const [a, rows, b, columns, depth, c, rowBytes, accumulate, spare] = locals as [
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
    ]
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
    const words = (...given: readonly Local[]): Local<'i32'>[] => given as Local<'i32'>[]
    countUp(j, 0, columns, columnCount, () => {
      set(left, a)
      set(target, add(c, mul(j, itemBytes)))
      set(width, minimum(columnCount, sub(columns, j)))
      countUp(i, 0, rows, tileRows, () => {
        set(height, minimum(tileRows, sub(rows, i)))
        when(
          and(equal(height, tileRows), equal(width, columnCount)),
          () => {
            call(tile, words(left, b, target, rowBytes, depth, accumulate))
          },
          () => {
            const spareBytes = columnCount * itemBytes
            call(tile, [...words(left, b, spare), spareBytes, ...words(depth), 0])
            const edge = (add: boolean) => () => {
              const from = { address: spare, rowBytes: spareBytes }
              copyEdge(builder, number, from, { address: target, rowBytes }, { rows: height, columns: width }, add)
            }
            when(accumulate, edge(true), edge(false))
          },
        )
        increase(left, leftBytes)
        increase(target, tileStep)
      })
      increase(b, rightBytes)
    })
  })
}
