import { f32, f32x4, f64, f64x2, i8x16 } from 'wasmati'
import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { keepValue, type Lanes, makeLanes } from '../assembly/lanes.js'
import { libraryFunction } from '../assembly/library-function.js'

const highHalf = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]
const lowHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]

/** The low two float32 lanes as float64. */
export const widenLow =
  (x: Term): Term =>
  () => {
    x()
    f64x2.promote_low_f32x4()
  }

/** The high two float32 lanes as float64; `x` is emitted twice. */
export const widenHigh =
  (x: Term): Term =>
  () => {
    x()
    x()
    i8x16.shuffle(highHalf)
    f64x2.promote_low_f32x4()
  }

/** Two pairs of float64 as four float32. */
export const narrowPairs =
  (low: Term, high: Term): Term =>
  () => {
    low()
    f32x4.demote_f64x2_zero()
    high()
    f32x4.demote_f64x2_zero()
    i8x16.shuffle(lowHalves)
  }

/**
 * Computes float32 values through a float64 formula, which rounds once at the end: for functions whose float32 formula
 * would need more than float32 inside.
 *
 * @param lanes - the arithmetic
 * @param name - names the formula in the module
 * @param operands - float32 values; each emitted once
 * @param formula - on float64
 * @returns the float32 result
 */
export const throughFloat64 = (
  lanes: Lanes,
  name: string,
  operands: readonly Term[],
  formula: (float: FloatLanes, values: readonly Term[]) => Term,
): Term => {
  const { builder, count, features } = lanes
  const type = count === 1 ? 'f64' : 'v128'
  const compute = libraryFunction(
    builder.library,
    `${name}:${type}`,
    operands.map(() => type),
    type,
    (inner, values) => formula(makeLanes(inner, features, count === 1 ? 1 : 2).float64, values),
  )
  if (count === 1) {
    const promoted = operands.map((operand) => () => {
      operand()
      f64.promote_f32()
    })
    const result = compute(...promoted)
    return () => {
      result()
      f32.demote_f64()
    }
  }
  const kept = operands.map((operand) => keepValue(lanes, 'float32', operand))
  const low = compute(...kept.map(widenLow))
  if (count === 2) {
    return () => {
      low()
      f32x4.demote_f64x2_zero()
    }
  }
  return narrowPairs(low, compute(...kept.map(widenHigh)))
}
