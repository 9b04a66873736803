import { f32x4, f64x2, i32x4, local, type Local } from 'wasmati'
import type { FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import { add, and, countUp, increase, minimum, mul, named, set, sub, wordFunction } from '../../assembly/words.js'
import type { WasmFeatures } from '../../kernel-code.js'
import type { skinnyCounts } from './skinny-rows.js'
import { type ContractionDType, type TileArithmetic, tileArithmetic } from './tile-arithmetic.js'

/** How many columns are worked off at a time: together their sums fill the registers. */
const columnSteps: Record<(typeof skinnyCounts)[number], number> = { 1: 4, 4: 2 }

const extract: Record<ContractionDType, (lane: number) => unknown> = {
  float32: (lane) => f32x4.extract_lane(lane),
  float64: (lane) => f64x2.extract_lane(lane),
  int32: (lane) => i32x4.extract_lane(lane),
}

/**
 * The function for a few rows times a matrix whose columns lie together:
 * `dots(count, a, aStride, b, bStride, columns, depth, c, cStride)`, with C[i, j] ← Σ_k A[i, k] · B[k, j]. Rows of A and
 * columns of B run along the depth in memory. The sum of lane l is over k ≡ l; lanes are added two by two, then what is left
 * of the depth. C has \`rows\` rows. Strides (from row to row of A, from column to column of B, from row to row of C) are in
 * bytes.
 *
 * @param library - functions of the module
 * @param features - of the engine
 * @param arithmetic - of the elements
 * @param rows - most rows of A
 * @returns the function
 */
export const skinnyDotsFunction = (
  library: FunctionLibrary,
  features: WasmFeatures,
  arithmetic: TileArithmetic,
  rows: (typeof skinnyCounts)[number],
): WasmFunction =>
  wordFunction(library, 9, (builder, words) => {
    const [count, a, aStride, b, bStride, columns, depth, c, cStride] = words
    const { dtype, type, itemBytes, lanes } = arithmetic
    const number = tileArithmetic(dtype, { ...features, simd: false })
    const vectorBytes = lanes * itemBytes
    const [j, k] = [builder.local('i32'), builder.local('i32')]
    const full = named(builder, mul(and(depth, -lanes), itemBytes))
    const end = named(builder, mul(depth, itemBytes))
    const last = named(builder, sub(count, 1))
    // Rows that do not exist repeat the last.
    const rowStarts = Array.from({ length: rows }, (_, i) => named(builder, add(a, mul(aStride, minimum(i, last)))))

    const addUp = (sum: Local): void => {
      if (lanes === 1) {
        local.get(sum)
        return
      }
      for (let lane = 0; lane < lanes; lane += 2) {
        local.get(sum)
        extract[dtype](lane)
        local.get(sum)
        extract[dtype](lane + 1)
        number.add()
        if (lane > 0) number.add()
      }
    }

    const columnGroup = (width: number): void => {
      const sums = Array.from({ length: rows }, () => Array.from({ length: width }, () => builder.local(type)))
      for (const sum of sums.flat()) {
        arithmetic.zero()
        local.set(sum)
      }
      const lefts = rowStarts.map((start) => named(builder, start))
      const rights: Local[] = []
      for (let column = 0; column < width; column++) {
        rights.push(named(builder, column === 0 ? b : add(rights[column - 1] as Local, bStride)))
      }
      const left = builder.local(type)
      const values = rights.map(() => builder.local(type))
      countUp(k, 0, full, vectorBytes, () => {
        rights.forEach((right, column) => {
          local.get(right)
          arithmetic.load(0)
          local.set(values[column] as Local)
          increase(right, vectorBytes)
        })
        lefts.forEach((start, i) => {
          local.get(start)
          arithmetic.load(0)
          local.set(left)
          increase(start, vectorBytes)
          sums[i]?.forEach((sum, column) => {
            arithmetic.multiplyAdd(sum, left, values[column] as Local)
          })
        })
      })
      const [x, y, total] = [builder.local(number.type), builder.local(number.type), builder.local(number.type)]
      const [position, target] = [builder.local('i32'), builder.local('i32')]
      for (let i = 0; i < rows; i++) {
        for (let column = 0; column < width; column++) {
          addUp(sums[i]?.[column] as Local)
          local.set(total)
          countUp(k, full, end, itemBytes, () => {
            set(position, add(lefts[i] as Local, sub(k, full)))
            local.get(position)
            number.load(0)
            local.set(x)
            set(position, add(rights[column] as Local, sub(k, full)))
            local.get(position)
            number.load(0)
            local.set(y)
            number.multiplyAdd(total, x, y)
          })
          set(target, add(c, mul(cStride, i)))
          local.get(target)
          local.get(total)
          number.store(column * itemBytes)
        }
      }
      increase(b, mul(bStride, width))
      increase(c, width * itemBytes)
    }

    const width = columnSteps[rows]
    const fullColumns = named(builder, and(columns, -width))
    countUp(j, 0, fullColumns, width, () => {
      builder.scope(() => {
        columnGroup(width)
      })
    })
    countUp(j, fullColumns, columns, 1, () => {
      builder.scope(() => {
        columnGroup(1)
      })
    })
  })
