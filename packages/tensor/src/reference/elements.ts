import type { DType } from '../dtype.js'
import { DeviceError, DTypeError } from '../errors.js'

/** Host array of a dtype that the reference device computes with. */
export type Elements = Uint8Array | Int32Array | Float32Array | Float64Array

/** Dtypes that the reference device computes with; JavaScript has no float16 arrays everywhere yet. */
export type ReferenceDType = Exclude<DType, 'float16'>

/**
 * Narrows a dtype to those of this device.
 *
 * @param dtype - any dtype
 * @returns the same dtype
 * @throws DTypeError for float16
 */
export const supportedDType = (dtype: DType): ReferenceDType => {
  if (dtype === 'float16') {
    throw new DTypeError('reference device: got float16, expected bool, int32, float32 or float64. Cast to float32.')
  }
  return dtype
}

const arrays = { bool: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array } as const

/**
 * A zero-filled array for elements of a dtype.
 *
 * @param dtype - the element type
 * @param length - number of elements
 * @returns a new typed array, whose stores round (float32) or wrap (int32) to the dtype
 */
export const makeElements = (dtype: DType, length: number): Elements => new arrays[supportedDType(dtype)](length)

/**
 * A typed array over part of a buffer.
 *
 * @param dtype - the element type
 * @param buffer - the memory
 * @param byteOffset - where the elements begin, a multiple of the element's size
 * @param byteLength - how many bytes they may take; a remainder too short for an element is left out
 * @returns a typed array that shares the buffer
 */
export const viewElements = (dtype: DType, buffer: ArrayBuffer, byteOffset: number, byteLength: number): Elements => {
  const array = arrays[supportedDType(dtype)]
  return new array(buffer, byteOffset, Math.floor(byteLength / array.BYTES_PER_ELEMENT))
}

/** Accumulators of a dtype: integers keep wrapping modulo 2^32, everything else adds up in float64. */
export type Accumulators = Int32Array | Float64Array

/**
 * Zero-filled accumulators for contractions and sums of a dtype.
 *
 * @param dtype - the element type
 * @param length - how many
 * @returns an `Int32Array` for bool and int32, otherwise a `Float64Array`
 */
export const makeAccumulators = (dtype: DType, length: number): Accumulators =>
  dtype === 'int32' || dtype === 'bool' ? new Int32Array(length) : new Float64Array(length)

/**
 * Refuses addresses outside an array, which JavaScript would read as nothing and not write at all.
 *
 * @param elements - the array
 * @param lowest - the lowest address in use
 * @param highest - the highest
 * @throws DeviceError where one is outside
 */
export const requireInside = (elements: Elements, lowest: number, highest: number): void => {
  if (lowest >= 0 && highest < elements.length) return
  throw new DeviceError(
    `reference device: got a view of elements ${lowest} … ${highest}, expected it inside a storage of ${elements.length} elements. Check the shape, strides and offset of the view.`,
  )
}

/**
 * Part of an array, without a copy.
 *
 * @param elements - the array
 * @param first - where the part begins
 * @param size - how many elements it has
 * @returns an array that shares the memory
 * @throws DeviceError where the part reaches beyond the array
 */
export const partOf = <T extends Elements>(elements: T, first: number, size: number): T => {
  if (size > 0) requireInside(elements, first, first + size - 1)
  return elements.subarray(first, first + size) as T
}

/** Below this length a loop beats a call of `fill` or `set`. */
export const shortLength = 64

/**
 * Fills part of an array, without the cost of a call of `fill` where the part is short.
 *
 * @param target - the array
 * @param value - what each element becomes
 * @param start - the first element
 * @param end - one past the last
 */
export const fillRange = (target: Elements, value: number, start: number, end: number): void => {
  if (end - start > shortLength) target.fill(value, start, end)
  else for (let at = start; at < end; at++) target[at] = value
}
