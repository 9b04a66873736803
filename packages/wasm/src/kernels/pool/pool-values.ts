import { f32, f64, i32, type Local, local } from 'wasmati'
import type { Term } from '../../assembly/function-builder.js'
import type { ContractionDType } from '../contraction/tile-arithmetic.js'
import type { Pooling } from './pooling.js'

export const loads: Record<ContractionDType, (offset: number) => unknown> = {
  float32: (offset) => f32.load({ offset }),
  float64: (offset) => f64.load({ offset }),
  int32: (offset) => i32.load({ offset }),
}

export const stores: Record<ContractionDType, () => unknown> = {
  float32: () => {
    f32.store({})
  },
  float64: () => {
    f64.store({})
  },
  int32: () => {
    i32.store({})
  },
}

export const toFloat64: Record<ContractionDType, () => unknown> = {
  float32: () => f64.promote_f32(),
  float64: () => undefined,
  int32: () => f64.convert_i32_s(),
}

/** As a typed array stores a float64: rounded; integers truncated. */
export const fromFloat64: Record<ContractionDType, () => unknown> = {
  float32: () => f32.demote_f64(),
  float64: () => undefined,
  int32: () => i32.trunc_sat_f64_s(),
}

export const valueTypes = { float32: 'f32', float64: 'f64', int32: 'i32' } as const

export const loadAs64 =
  ({ dtype }: Pooling, address: Local): Term =>
  () => {
    local.get(address)
    loads[dtype](0)
    toFloat64[dtype]()
  }
