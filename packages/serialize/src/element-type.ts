import type { DType } from '@chainrule/tensor'

/** How a file stores one number: the union of what safetensors and npy files hold and tensors can take. */
export type ElementType =
  | 'bool'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float16'
  | 'bfloat16'
  | 'float32'
  | 'float64'

/** The bytes an element takes in a file, and the dtype it has once read. */
export interface ElementLayout {
  readonly byteLength: number
  readonly dtype: DType
}

export const elementLayouts: Readonly<Record<ElementType, ElementLayout>> = {
  bool: { byteLength: 1, dtype: 'bool' },
  int8: { byteLength: 1, dtype: 'int32' },
  uint8: { byteLength: 1, dtype: 'int32' },
  int16: { byteLength: 2, dtype: 'int32' },
  uint16: { byteLength: 2, dtype: 'int32' },
  int32: { byteLength: 4, dtype: 'int32' },
  uint32: { byteLength: 4, dtype: 'int32' },
  int64: { byteLength: 8, dtype: 'int32' },
  uint64: { byteLength: 8, dtype: 'int32' },
  float16: { byteLength: 2, dtype: 'float32' },
  bfloat16: { byteLength: 2, dtype: 'float32' },
  float32: { byteLength: 4, dtype: 'float32' },
  float64: { byteLength: 8, dtype: 'float64' },
}
