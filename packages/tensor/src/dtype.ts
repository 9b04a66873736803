/**
 * Element type of a tensor. `bool` is stored as one byte of 0 or 1. `float16` exists on devices that have it
 * (`device().features.float16`); the CPU devices do not.
 */
export type DType = 'bool' | 'int32' | 'float16' | 'float32' | 'float64'

/** Host array that holds the elements of a tensor; float16 travels as its bit patterns. */
export type TypedArray = Uint8Array | Int32Array | Uint16Array | Float32Array | Float64Array

/** Every dtype, lowest in the promotion lattice first. */
export const dtypes: readonly DType[] = ['bool', 'int32', 'float16', 'float32', 'float64']

const sizes: Record<DType, number> = { bool: 1, int32: 4, float16: 2, float32: 4, float64: 8 }

const arrays = {
  bool: Uint8Array,
  int32: Int32Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Record<DType, unknown>

/**
 * Bytes of one element.
 *
 * @param dtype - the element type
 * @returns 1 (bool), 2 (float16), 4 (int32, float32) or 8 (float64)
 */
export const itemSize = (dtype: DType): number => sizes[dtype]

/**
 * Constructor of the host array for a dtype.
 *
 * @param dtype - the element type
 * @returns `Uint8Array` for bool, `Uint16Array` for float16, otherwise the array of the same name
 */
export const typedArrayOf = (dtype: DType): (typeof arrays)[DType] => arrays[dtype]

/**
 * A zero-filled host array.
 *
 * @param dtype - the element type
 * @param length - number of elements
 * @returns a new typed array
 */
export const allocateArray = (dtype: DType, length: number): TypedArray => new arrays[dtype](length)

/**
 * Whether a dtype is a floating-point type, the only ones with gradients.
 *
 * @param dtype - the element type
 * @returns true for float16, float32, float64
 */
export const isFloating = (dtype: DType): boolean => dtype !== 'bool' && dtype !== 'int32'

/**
 * The smallest dtype that holds values of both: PyTorch's lattice bool < int32 < float16 < float32 < float64.
 *
 * @param left - a dtype
 * @param right - another
 * @returns the higher of the two
 * @see https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
 *
 * @example
 * ```ts
 * import { promoteTypes } from '@chainrule/tensor'
 * console.log(promoteTypes('int32', 'float32')) // 'float32'
 * ```
 */
export const promoteTypes = (left: DType, right: DType): DType =>
  dtypes.indexOf(left) >= dtypes.indexOf(right) ? left : right

/**
 * Promotion of a tensor's dtype with a plain JavaScript number, which is weak: it raises the category
 * (bool < integer < float) but never the width. A whole number counts as an integer.
 *
 * @param dtype - the dtype of the tensors in the expression
 * @param value - the number
 * @returns `dtype`, int32 (bool with a whole number) or float32 (bool or int32 with a fraction)
 */
export const promoteWithNumber = (dtype: DType, value: number): DType => {
  if (isFloating(dtype)) return dtype
  if (!Number.isInteger(value)) return 'float32'
  return dtype === 'bool' ? 'int32' : dtype
}
