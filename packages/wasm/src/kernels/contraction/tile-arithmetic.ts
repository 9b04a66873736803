import type { DType } from '@chainrule/tensor'
import { DTypeError } from '@chainrule/tensor'
import { f32, f32x4, f64, f64x2, i32, i32x4, type Local, local, v128 } from 'wasmati'
import type { ValueType } from '../../assembly/function-builder.js'
import { pushBytes } from '../../assembly/vector-constant.js'
import type { WasmFeatures } from '../../kernel-code.js'

/** Dtypes that contractions work in. */
export type ContractionDType = 'float32' | 'float64' | 'int32'

/** How a register tile computes: on vectors of neighbouring columns, or on single numbers where there is no SIMD. */
export interface TileArithmetic {
  readonly dtype: ContractionDType
  readonly itemBytes: 4 | 8
  /** Columns of one value. */
  readonly lanes: 1 | 2 | 4
  readonly type: ValueType
  /** Pushes zero. */
  zero(): void
  /** Loads neighbouring elements from the address on the stack. */
  load(offset: number): void
  /** Loads one element into every lane from the address on the stack. */
  splat(offset: number): void
  /** Stores a value to the address below it. */
  store(offset: number): void
  /** Adds the two values on the stack. */
  add(): void
  /** sum ← left · right + sum. */
  multiplyAdd(sum: Local, left: Local, right: Local): void
}

/** Pushes x · y + sum where a type has no fused form. */
const separately =
  (multiply: () => unknown, add: () => unknown) =>
  (sum: Local, left: Local, right: Local): void => {
    local.get(sum)
    local.get(left)
    local.get(right)
    multiply()
    add()
    local.set(sum)
  }

const fused =
  (multiplyAdd: () => unknown) =>
  (sum: Local, left: Local, right: Local): void => {
    local.get(left)
    local.get(right)
    local.get(sum)
    multiplyAdd()
    local.set(sum)
  }

/** Pushes a vector of zeros. */
export const zeroVector = (): void => {
  pushBytes(new Array<number>(16).fill(0))
}

const numbers: Record<ContractionDType, TileArithmetic> = {
  float32: {
    dtype: 'float32',
    itemBytes: 4,
    lanes: 1,
    type: 'f32',
    zero: () => f32.const(0),
    load: (offset) => f32.load({ offset }),
    splat: (offset) => f32.load({ offset }),
    store: (offset) => {
      f32.store({ offset })
    },
    add: () => f32.add(),
    multiplyAdd: separately(
      () => f32.mul(),
      () => f32.add(),
    ),
  },
  float64: {
    dtype: 'float64',
    itemBytes: 8,
    lanes: 1,
    type: 'f64',
    zero: () => f64.const(0),
    load: (offset) => f64.load({ offset }),
    splat: (offset) => f64.load({ offset }),
    store: (offset) => {
      f64.store({ offset })
    },
    add: () => f64.add(),
    multiplyAdd: separately(
      () => f64.mul(),
      () => f64.add(),
    ),
  },
  int32: {
    dtype: 'int32',
    itemBytes: 4,
    lanes: 1,
    type: 'i32',
    zero: () => i32.const(0),
    load: (offset) => i32.load({ offset }),
    splat: (offset) => i32.load({ offset }),
    store: (offset) => {
      i32.store({ offset })
    },
    add: () => i32.add(),
    multiplyAdd: separately(
      () => i32.mul(),
      () => i32.add(),
    ),
  },
}

const vectorParts = {
  type: 'v128',
  zero: zeroVector,
  store: (offset: number): void => {
    v128.store({ offset, align: 4 })
  },
} as const

const vectors = (dtype: ContractionDType, relaxed: boolean): TileArithmetic => {
  const load = (offset: number): void => {
    v128.load({ offset, align: 4 })
  }
  switch (dtype) {
    case 'float32':
      return {
        ...vectorParts,
        dtype,
        itemBytes: 4,
        lanes: 4,
        load,
        splat: (offset) => v128.load32_splat({ offset }),
        add: () => f32x4.add(),
        multiplyAdd: relaxed
          ? fused(() => f32x4.relaxed_madd())
          : separately(
              () => f32x4.mul(),
              () => f32x4.add(),
            ),
      }
    case 'float64':
      return {
        ...vectorParts,
        dtype,
        itemBytes: 8,
        lanes: 2,
        load,
        splat: (offset) => v128.load64_splat({ offset }),
        add: () => f64x2.add(),
        multiplyAdd: relaxed
          ? fused(() => f64x2.relaxed_madd())
          : separately(
              () => f64x2.mul(),
              () => f64x2.add(),
            ),
      }
    case 'int32':
      return {
        ...vectorParts,
        dtype,
        itemBytes: 4,
        lanes: 4,
        load,
        splat: (offset) => v128.load32_splat({ offset }),
        add: () => i32x4.add(),
        multiplyAdd: separately(
          () => i32x4.mul(),
          () => i32x4.add(),
        ),
      }
  }
}

/**
 * The dtype, if contractions work in it.
 *
 * @param operation - names the kernel in the error
 * @param dtype - the dtype
 * @returns the same
 * @throws DTypeError for bool and float16
 */
export const contractionDType = (operation: string, dtype: DType): ContractionDType => {
  if (dtype === 'float32' || dtype === 'float64' || dtype === 'int32') return dtype
  throw new DTypeError(`${operation}: got ${dtype}, expected float32, float64 or int32. Cast the operands first.`)
}

/**
 * The arithmetic of register tiles.
 *
 * @param dtype - of the operands
 * @param features - of the engine
 * @returns vectors with SIMD, numbers without
 */
export const tileArithmetic = (dtype: ContractionDType, features: WasmFeatures): TileArithmetic =>
  features.simd ? vectors(dtype, features.relaxedSimd) : numbers[dtype]
