import type { DType } from '@chainrule/tensor'
import { f32, f32x4, f64, f64x2, i16x8, i32, i32x4, i8x16, v128 } from 'wasmati'
import type { Term } from './function-builder.js'
import { type Lanes, type LaneCount, supportedDType, type WasmDType } from './lanes.js'
import { vectorConstant } from './vector-constant.js'

type Load = (offset: number) => void
/** Stores the value on the stack at the address below it. */
type Store = (lanes: Lanes, offset: number) => void

const maskFromBytes = (): void => {
  i16x8.extend_low_i8x16_u()
  i32x4.extend_low_i16x8_u()
  i32x4.neg()
}

const bytesFromMask = (lanes: Lanes): void => {
  vectorConstant(lanes.builder, 'i32', 1)()
  v128.and()
  lanes.builder.constant('zero', 'v128', () => v128.const('i32x4', [0, 0, 0, 0]))()
  i16x8.narrow_i32x4_u()
  lanes.builder.constant('zero', 'v128', () => v128.const('i32x4', [0, 0, 0, 0]))()
  i8x16.narrow_i16x8_u()
}

const numberLoads: Record<WasmDType, Load> = {
  bool: (offset) => i32.load8_u({ offset }),
  int32: (offset) => i32.load({ offset }),
  float32: (offset) => f32.load({ offset }),
  float64: (offset) => f64.load({ offset }),
}

const loads: Record<LaneCount, Record<WasmDType, Load>> = {
  1: numberLoads,
  2: {
    bool: (offset) => {
      i32.load16_u({ offset, align: 1 })
      i32x4.splat()
      maskFromBytes()
    },
    int32: (offset) => v128.load64_zero({ offset, align: 4 }),
    float32: (offset) => v128.load64_zero({ offset, align: 4 }),
    float64: (offset) => v128.load({ offset, align: 8 }),
  },
  4: {
    bool: (offset) => {
      v128.load32_zero({ offset, align: 1 })
      maskFromBytes()
    },
    int32: (offset) => v128.load({ offset, align: 4 }),
    float32: (offset) => v128.load({ offset, align: 4 }),
    float64: (offset) => v128.load({ offset, align: 8 }),
  },
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

const numberStores: Record<WasmDType, Store> = {
  bool: (_, offset) => {
    i32.store8({ offset })
  },
  int32: (_, offset) => {
    i32.store({ offset })
  },
  float32: (_, offset) => {
    f32.store({ offset })
  },
  float64: (_, offset) => {
    f64.store({ offset })
  },
}

const stores: Record<LaneCount, Record<WasmDType, Store>> = {
  1: numberStores,
  2: {
    bool: (lanes, offset) => {
      bytesFromMask(lanes)
      v128.store16_lane({ offset, align: 1 }, 0)
    },
    int32: (_, offset) => {
      v128.store64_lane({ offset, align: 4 }, 0)
    },
    float32: (_, offset) => {
      v128.store64_lane({ offset, align: 4 }, 0)
    },
    float64: (_, offset) => {
      v128.store({ offset, align: 8 })
    },
  },
  4: {
    bool: (lanes, offset) => {
      bytesFromMask(lanes)
      v128.store32_lane({ offset, align: 1 }, 0)
    },
    int32: (_, offset) => {
      v128.store({ offset, align: 4 })
    },
    float32: (_, offset) => {
      v128.store({ offset, align: 4 })
    },
    float64: (_, offset) => {
      v128.store({ offset, align: 8 })
    },
  },
}

const laneStores: Record<WasmDType, (offset: number, lane: number) => void> = {
  bool: (offset, lane) => v128.store8_lane({ offset }, lane),
  int32: (offset, lane) => v128.store32_lane({ offset }, lane),
  float32: (offset, lane) => v128.store32_lane({ offset }, lane),
  float64: (offset, lane) => v128.store64_lane({ offset }, lane),
}

/**
 * Neighbouring elements, as many as there are lanes.
 *
 * @param lanes - the arithmetic
 * @param dtype - of the elements
 * @param address - byte address of the first
 * @param offset - bytes to add to the address
 * @returns the value
 */
export const loadElements =
  ({ count }: Lanes, dtype: DType, address: Term, offset = 0): Term =>
  () => {
    address()
    loads[count][supportedDType(dtype)](offset)
  }

/**
 * One element, the same in every lane.
 *
 * @param lanes - the arithmetic
 * @param dtype - of the element
 * @param address - its byte address
 * @param offset - bytes to add to the address
 * @returns the value
 */
export const loadElement =
  ({ count }: Lanes, dtype: DType, address: Term, offset = 0): Term =>
  () => {
    const supported = supportedDType(dtype)
    address()
    numberLoads[supported](offset)
    if (count > 1) splats[supported]()
  }

/**
 * Stores neighbouring elements, as many as there are lanes.
 *
 * @param lanes - the arithmetic
 * @param dtype - of the elements
 * @param address - byte address of the first
 * @param value - what to store
 * @param offset - bytes to add to the address
 */
export const storeElements = (lanes: Lanes, dtype: DType, address: Term, value: Term, offset = 0): void => {
  address()
  value()
  stores[lanes.count][supportedDType(dtype)](lanes, offset)
}

/**
 * Stores the element of one lane.
 *
 * @param lanes - the arithmetic
 * @param dtype - of the element
 * @param address - its byte address
 * @param value - what to store; must be cheap to emit again
 * @param lane - which lane
 * @param offset - bytes to add to the address
 */
export const storeElement = (
  lanes: Lanes,
  dtype: DType,
  address: Term,
  value: Term,
  lane: number,
  offset = 0,
): void => {
  const supported = supportedDType(dtype)
  address()
  value()
  if (lanes.count === 1) numberStores[supported](lanes, offset)
  else if (supported === 'bool') {
    bytesFromMask(lanes)
    laneStores.bool(offset, lane)
  } else laneStores[supported](offset, lane)
}
