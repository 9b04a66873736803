import { f32x4, f64x2, i32, i32x4, local, type Local } from 'wasmati'
import type { FunctionBuilder, FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import { add, and, countUp, increase, less, mul, named, set, when, wordFunction } from '../../assembly/words.js'
import type { WasmFeatures } from '../../kernel-code.js'
import { type ContractionDType, type TileArithmetic, tileArithmetic } from '../contraction/tile-arithmetic.js'
import { tapBytes, walkPairs } from './pair-walk.js'

/** (channel, tap) pairs whose weight gradients are summed at a time. */
const pairGroup = 4

const extract: Record<ContractionDType, (lane: number) => unknown> = {
  float32: (lane) => f32x4.extract_lane(lane),
  float64: (lane) => f64x2.extract_lane(lane),
  int32: (lane) => i32x4.extract_lane(lane),
}

/** Pushes the sum of the lanes of a vector, two by two. */
const sumOfLanes = (arithmetic: TileArithmetic, number: TileArithmetic, sum: Local): void => {
  const { dtype, lanes } = arithmetic
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

/**
 * The function for the weight gradient of one output plane, without packing:
 * `gather(gradient, window, plane, table, taps, pairs, rowStep, rows, columns, gradientStep, target)` adds to element p of the
 * target the sum over the places of gradient · what the place sees through pair p.
 *
 * @param library - functions of the module
 * @param features - of the engine
 * @param arithmetic - of the elements
 * @returns the function
 */
export const directWeightGradient = (
  library: FunctionLibrary,
  features: WasmFeatures,
  arithmetic: TileArithmetic,
): WasmFunction =>
  wordFunction(library, 11, (builder, words) => {
    const [gradient, window, plane, table, taps, pairs, rowStep, rows, columns, gradientStep, target] = words
    const { itemBytes, lanes, type, dtype } = arithmetic
    const number = tileArithmetic(dtype, { ...features, simd: false })
    const [pair, row, at, full, end] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      named(builder, mul(and(columns, -lanes), itemBytes)),
      named(builder, mul(columns, itemBytes)),
    ]
    const group = (count: number): void => {
      builder.scope(() => {
        const walk = walkPairs(builder, table, taps, plane, tapBytes.source, pair)
        const sources = Array.from({ length: count }, (_, i) => {
          const source = named(builder, add(window, walk.offset))
          if (i < count - 1) walk.next()
          return source
        })
        const sums = sources.map(() => zeroed(builder, arithmetic))
        const rests = sources.map(() => zeroed(builder, number))
        const gradientRow = named(builder, gradient)
        const [left, right] = [builder.local(type), builder.local(type)]
        const [x, y] = [builder.local(number.type), builder.local(number.type)]
        countUp(row, 0, rows, 1, () => {
          countUp(at, 0, full, lanes * itemBytes, () => {
            i32.add(gradientRow, at)
            arithmetic.load(0)
            local.set(left)
            sources.forEach((source, i) => {
              i32.add(source, at)
              arithmetic.load(0)
              local.set(right)
              arithmetic.multiplyAdd(sums[i] as Local, left, right)
            })
          })
          countUp(at, full, end, itemBytes, () => {
            i32.add(gradientRow, at)
            number.load(0)
            local.set(x)
            sources.forEach((source, i) => {
              i32.add(source, at)
              number.load(0)
              local.set(y)
              number.multiplyAdd(rests[i] as Local, x, y)
            })
          })
          increase(gradientRow, gradientStep)
          for (const source of sources) increase(source, rowStep)
        })
        const place = named(builder, add(target, mul(pair, itemBytes)))
        sums.forEach((sum, i) => {
          local.get(place)
          local.get(place)
          number.load(i * itemBytes)
          sumOfLanes(arithmetic, number, sum)
          local.get(rests[i] as Local)
          number.add()
          number.add()
          number.store(i * itemBytes)
        })
      })
    }
    set(pair, 0)
    builder.while(less(pair, pairs), () => {
      when(
        less(add(pair, pairGroup - 1), pairs),
        () => {
          group(pairGroup)
          increase(pair, pairGroup)
        },
        () => {
          group(1)
          increase(pair, 1)
        },
      )
    })
  })

const zeroed = (builder: FunctionBuilder, arithmetic: TileArithmetic): Local => {
  const sum = builder.local(arithmetic.type)
  arithmetic.zero()
  local.set(sum)
  return sum
}
