import { f32x4, f64x2, i32, i32x4, local, type Local } from 'wasmati'
import type { FunctionBuilder, FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import { add, and, countUp, increase, less, mul, named, set, when, wordFunction } from '../../assembly/words.js'
import type { WasmFeatures } from '../../kernel-code.js'
import { tapBytes, walkPairs } from './pair-walk.js'
import { type ContractionDType, type TileArithmetic, tileArithmetic } from './tile-arithmetic.js'

/** Vectors of output places that are summed at a time. */
const placeVectors = 4

/** (channel, tap) pairs whose weight gradients are summed at a time. */
const pairGroup = 4

/**
 * The function for one output plane, without packing:
 * `correlate(window, plane, table, taps, pairs, weights, rowStep, rows, columns, target, targetStep)`, with
 * output[r, s] ← Σ over (channel, tap) pairs of weight · what the place sees. `weights` holds one element a pair. Rows of the
 * target, `targetStep` bytes apart, are written up to a whole vector.
 *
 * @param library - functions of the module
 * @param arithmetic - of the elements
 * @returns the function
 */
export const directCorrelation = (library: FunctionLibrary, arithmetic: TileArithmetic): WasmFunction =>
  wordFunction(library, 11, (builder, words) => {
    const [window, plane, table, taps, pairs, weights, rowStep, rows, columns, target, targetStep] = words
    const { itemBytes, lanes, type } = arithmetic
    const [row, k, from, weight] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    const at = builder.local('i32')
    const end = named(builder, mul(columns, itemBytes))
    const factor = builder.local(type)
    const seen = builder.local(type)
    const zero = named(builder, 0)
    const someVectors = (vectors: number): void => {
      builder.scope(() => {
        const sums = Array.from({ length: vectors }, () => builder.local(type))
        for (const sum of sums) {
          arithmetic.zero()
          local.set(sum)
        }
        const walk = walkPairs(builder, table, taps, plane, tapBytes.source, zero)
        set(weight, weights)
        countUp(k, 0, pairs, 1, () => {
          local.get(weight)
          arithmetic.splat(0)
          local.set(factor)
          set(from, add(window, at, walk.offset))
          sums.forEach((sum, vector) => {
            local.get(from)
            arithmetic.load(vector * lanes * itemBytes)
            local.set(seen)
            arithmetic.multiplyAdd(sum, factor, seen)
          })
          increase(weight, itemBytes)
          walk.next()
        })
        sums.forEach((sum, vector) => {
          i32.add(target, at)
          local.get(sum)
          arithmetic.store(vector * lanes * itemBytes)
        })
      })
    }
    countUp(row, 0, rows, 1, () => {
      const block = placeVectors * lanes * itemBytes
      set(at, 0)
      builder.while(less(add(at, block - 1), end), () => {
        someVectors(placeVectors)
        increase(at, block)
      })
      builder.while(less(at, end), () => {
        someVectors(1)
        increase(at, lanes * itemBytes)
      })
      increase(window, rowStep)
      increase(target, targetStep)
    })
  })

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
