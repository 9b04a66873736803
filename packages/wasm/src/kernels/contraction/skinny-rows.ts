import { local, type Local } from 'wasmati'
import type { FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import { add, and, countUp, increase, less, mul, named, set, wordFunction } from '../../assembly/words.js'
import type { TileArithmetic } from './tile-arithmetic.js'

/** Most rows that are worth a path of their own: below it, packing the right operand takes longer than the product. */
export const skinnyRows = 4

/** Numbers of rows that there is code for: in between, the last row is computed several times. */
export const skinnyCounts = [1, skinnyRows] as const

/** How many rows of B are added at a time: their factors stay in registers. */
const depthSteps: Record<(typeof skinnyCounts)[number], number> = { 1: 8, 4: 2 }

/**
 * The function for a few rows times a matrix whose rows lie together:
 * `rows(count, a, rowStride, depthStride, b, bStride, columns, depth, c, cStride)`, with
 * C[i, j] ← Σ_k A[i, k] · B[k, j] in the order of k. B is read once, row by row; C stays in the cache, has \`rows\` rows, and
 * is written up to a whole vector. Strides are in bytes.
 *
 * @param library - functions of the module
 * @param arithmetic - of the elements
 * @param rows - most rows of A
 * @returns the function
 */
export const skinnyRowsFunction = (
  library: FunctionLibrary,
  arithmetic: TileArithmetic,
  rows: (typeof skinnyCounts)[number],
): WasmFunction =>
  wordFunction(library, 10, (builder, words) => {
    const [count, a, rowStride, depthStride, b, bStride, columns, depth, c, cStride] = words
    const { type, itemBytes, lanes } = arithmetic
    const vectorBytes = lanes * itemBytes
    const [k, j, from] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
    const sources = Array.from({ length: depthSteps[rows] }, () => builder.local('i32'))
    const targets = Array.from({ length: rows }, () => builder.local('i32'))
    const end = named(builder, mul(and(add(columns, lanes - 1), -lanes), itemBytes))
    const startRows = (): void => {
      targets.forEach((target, i) => {
        set(target, i === 0 ? c : add(targets[i - 1] as Local, cStride))
      })
    }
    startRows()
    countUp(j, 0, end, vectorBytes, () => {
      for (const target of targets) {
        local.get(target)
        arithmetic.zero()
        arithmetic.store(0)
        increase(target, vectorBytes)
      }
    })
    const addRows = (steps: number): void => {
      const factors = Array.from({ length: steps }, () => targets.map(() => builder.local(type)))
      for (let step = 0; step < steps; step++) {
        set(from, a)
        factors[step]?.forEach((factor, i) => {
          local.get(from)
          arithmetic.splat(0)
          local.set(factor)
          // Rows that do not exist repeat the last.
          if (i < rows - 1) increase(from, mul(rowStride, less(i + 1, count)))
        })
        increase(a, depthStride)
        set(sources[step] as Local, b)
        increase(b, bStride)
      }
      startRows()
      const right = builder.local(type)
      const sums = targets.map(() => builder.local(type))
      countUp(j, 0, end, vectorBytes, () => {
        targets.forEach((target, i) => {
          local.get(target)
          arithmetic.load(0)
          local.set(sums[i] as Local)
        })
        for (let step = 0; step < steps; step++) {
          const source = sources[step] as Local
          local.get(source)
          arithmetic.load(0)
          local.set(right)
          sums.forEach((sum, i) => {
            arithmetic.multiplyAdd(sum, factors[step]?.[i] as Local, right)
          })
          increase(source, vectorBytes)
        }
        targets.forEach((target, i) => {
          local.get(target)
          local.get(sums[i] as Local)
          arithmetic.store(0)
          increase(target, vectorBytes)
        })
      })
    }
    const steps = depthSteps[rows]
    const full = named(builder, and(depth, -steps))
    countUp(k, 0, full, steps, () => {
      builder.scope(() => {
        addRows(steps)
      })
    })
    countUp(k, full, depth, 1, () => {
      builder.scope(() => {
        addRows(1)
      })
    })
  })
