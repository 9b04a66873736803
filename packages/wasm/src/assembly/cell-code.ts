import type { DType } from '@chainrule/tensor'
import { f32, f32x4, f64, f64x2, i32, i32x4 } from 'wasmati'
import type { Term } from './function-builder.js'
import { type Lanes, supportedDType, type WasmDType } from './lanes.js'

const conversions: Record<WasmDType, () => void> = {
  bool: () => {
    f64.const(0)
    f64.ne()
  },
  int32: () => i32.trunc_sat_f64_s(),
  float32: () => f32.demote_f64(),
  float64: () => undefined,
}

const splats: Record<WasmDType, () => void> = {
  bool: () => {
    i32x4.splat()
    i32x4.neg()
  },
  int32: () => i32x4.splat(),
  float32: () => f32x4.splat(),
  float64: () => f64x2.splat(),
}

/**
 * The number in a cell slot, in every lane.
 *
 * @param lanes - the arithmetic
 * @param dtype - the dtype wanted
 * @param cells - byte address of the first slot
 * @param slot - which slot
 * @returns the value
 */
export const loadCell =
  ({ count }: Lanes, dtype: DType, cells: Term, slot: number): Term =>
  () => {
    const supported = supportedDType(dtype)
    cells()
    f64.load({ offset: 8 * slot })
    conversions[supported]()
    if (count > 1) splats[supported]()
  }

/**
 * An i32 as a value of a dtype, in every lane.
 *
 * @param lanes - the arithmetic
 * @param dtype - the dtype wanted
 * @param number - the i32, not negative
 * @returns the value
 */
export const splatNumber =
  ({ count }: Lanes, dtype: DType, number: Term): Term =>
  () => {
    const supported = supportedDType(dtype)
    number()
    if (supported === 'bool') {
      i32.const(0)
      i32.ne()
    } else if (supported === 'float32') f32.convert_i32_u()
    else if (supported === 'float64') f64.convert_i32_u()
    if (count > 1) splats[supported]()
  }
