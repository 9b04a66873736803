import { type DType, DTypeError } from '@chainrule/tensor'
import type { WasmFeatures } from '../kernel-code.js'
import type { FloatLanes } from './float-lanes.js'
import type { FunctionBuilder, Term, ValueType } from './function-builder.js'
import { numberLanes } from './number-lanes.js'
import { vectorLanes } from './vector-lanes.js'

/** Dtypes that the device computes with. */
export type WasmDType = Exclude<DType, 'float16'>

/**
 * How many neighbouring elements code works on at a time. With 4, every value is a vector of 32-bit lanes; with 2, where
 * float64 takes part, the others lie in the low half; with 1, where there is no SIMD, values are plain numbers. A bool is
 * a mask of 32-bit lanes (all ones or all zeros) in a vector, and 0 or 1 as a number.
 */
export type LaneCount = 1 | 2 | 4

/** What generated code needs to know to compute with several elements at a time. */
export interface Lanes {
  readonly builder: FunctionBuilder
  readonly features: WasmFeatures
  readonly count: LaneCount
  readonly float32: FloatLanes
  readonly float64: FloatLanes
}

/**
 * How many elements at a time suit an expression.
 *
 * @param dtypes - every dtype that occurs
 * @param features - of the engine
 * @returns 1, 2 or 4
 */
export const laneCount = (dtypes: Iterable<DType>, features: WasmFeatures): LaneCount => {
  if (!features.simd) return 1
  for (const dtype of dtypes) if (dtype === 'float64') return 2
  return 4
}

/**
 * Arithmetic for one function.
 *
 * @param builder - the function under construction
 * @param features - of the engine
 * @param count - how many elements at a time
 * @returns the arithmetic
 */
export const makeLanes = (builder: FunctionBuilder, features: WasmFeatures, count: LaneCount): Lanes => {
  const make = (width: 32 | 64): FloatLanes =>
    count === 1 ? numberLanes(builder, width) : vectorLanes(builder, width, features.relaxedSimd)
  return { builder, features, count, float32: make(32), float64: make(64) }
}

/** The dtype, if the device computes with it. */
export const supportedDType = (dtype: DType): WasmDType => {
  if (dtype === 'float16') {
    throw new DTypeError(
      'run: got float16, expected a dtype that the wasm device computes with. Cast to float32 first.',
    )
  }
  return dtype
}

/**
 * Type of the wasm value that holds elements of a dtype.
 *
 * @param lanes - the arithmetic
 * @param dtype - the dtype
 * @returns `v128`, or the type of one number
 */
export const valueType = ({ count }: Pick<Lanes, 'count'>, dtype: DType): ValueType => {
  if (count > 1) return 'v128'
  return dtype === 'float64' ? 'f64' : dtype === 'float32' ? 'f32' : 'i32'
}

/** Evaluates a value of a dtype now; it can be read many times. */
export const keepValue = (lanes: Lanes, dtype: DType, term: Term): Term =>
  lanes.builder.keep(valueType(lanes, dtype), term)

/** The arithmetic of a floating dtype. */
export const floatLanes = (lanes: Lanes, dtype: DType): FloatLanes =>
  dtype === 'float64' ? lanes.float64 : lanes.float32
