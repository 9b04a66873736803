import type { DType } from '@chainrule/tensor'
import { f32, f32x4, f64, f64x2, i32, i32x4, i64x2, i8x16, v128 } from 'wasmati'
import type { Term } from './function-builder.js'
import { type Lanes, supportedDType, type WasmDType } from './lanes.js'
import { vectorConstant } from './vector-constant.js'

type Cast = (lanes: Lanes, x: Term) => Term
type Casts = Record<WasmDType, Record<WasmDType, Cast>>

const same: Cast = (_, x) => x

const then =
  (instruction: () => unknown): Cast =>
  (_, x) =>
  () => {
    x()
    instruction()
  }

const evenWords = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]

/**
 * A mask of two 64-bit lanes as one of 32-bit lanes, the form in which bools are kept.
 *
 * @param mask - the mask, on 64-bit lanes
 * @returns the mask, on 32-bit lanes
 */
export const narrowMask =
  (mask: Term): Term =>
  () => {
    mask()
    mask()
    i8x16.shuffle(evenWords)
  }

/**
 * The reverse of `narrowMask`, for the low two lanes.
 *
 * @param mask - the mask, on 32-bit lanes
 * @returns the mask, on 64-bit lanes
 */
export const widenMask =
  (mask: Term): Term =>
  () => {
    mask()
    i64x2.extend_low_i32x4_s()
  }

const and = (x: Term, y: Term): Term => {
  return () => {
    x()
    y()
    v128.and()
  }
}

const notEqual32: Cast = ({ float32 }, x) => float32.notEqual(x, float32.constant(0))

const vectorCasts: Casts = {
  bool: {
    bool: same,
    int32: then(() => i32x4.neg()),
    float32: ({ float32 }, x) => and(x, float32.constant(1)),
    float64: ({ float64 }, x) => and(widenMask(x), float64.constant(1)),
  },
  int32: {
    bool:
      ({ builder }, x) =>
      () => {
        x()
        vectorConstant(builder, 'i32', 0)()
        i32x4.ne()
      },
    int32: same,
    float32: then(() => f32x4.convert_i32x4_s()),
    float64: then(() => f64x2.convert_low_i32x4_s()),
  },
  float32: {
    bool: notEqual32,
    int32: then(() => i32x4.trunc_sat_f32x4_s()),
    float32: same,
    float64: then(() => f64x2.promote_low_f32x4()),
  },
  float64: {
    bool: ({ float64 }, x) => {
      return () => {
        narrowMask(float64.keepMask(float64.notEqual(x, float64.constant(0))))()
      }
    },
    int32: then(() => i32x4.trunc_sat_f64x2_s_zero()),
    float32: then(() => f32x4.demote_f64x2_zero()),
    float64: same,
  },
}

const numberCasts: Casts = {
  bool: {
    bool: same,
    int32: same,
    float32: then(() => f32.convert_i32_s()),
    float64: then(() => f64.convert_i32_s()),
  },
  int32: {
    bool: then(() => {
      i32.const(0)
      i32.ne()
    }),
    int32: same,
    float32: then(() => f32.convert_i32_s()),
    float64: then(() => f64.convert_i32_s()),
  },
  float32: {
    bool: notEqual32,
    int32: then(() => i32.trunc_sat_f32_s()),
    float32: same,
    float64: then(() => f64.promote_f32()),
  },
  float64: {
    bool: ({ float64 }, x) => float64.notEqual(x, float64.constant(0)),
    int32: then(() => i32.trunc_sat_f64_s()),
    float32: then(() => f32.demote_f64()),
    float64: same,
  },
}

/**
 * Converts elements to another dtype: to int32 truncates (NaN gives 0, out of range saturates), to bool is x ≠ 0.
 *
 * @param lanes - the arithmetic
 * @param from - dtype of the value
 * @param to - dtype wanted
 * @param x - the value
 * @returns the converted value
 */
export const castElements = (lanes: Lanes, from: DType, to: DType, x: Term): Term =>
  (lanes.count === 1 ? numberCasts : vectorCasts)[supportedDType(from)][supportedDType(to)](lanes, x)
