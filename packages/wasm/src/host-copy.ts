import { allocateArray, type DType, itemSize, type TypedArray, type View } from '@chainrule/tensor'
import type { LinearMemory } from './linear-memory.js'

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

const isDense = ({ shape, strides }: View): boolean => {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1
    if (size !== 1 && strides[axis] !== expected) return false
    expected *= size
  }
  return true
}

/**
 * The elements of a view, row-major, in a new host array.
 *
 * @param memory - the device's memory
 * @param address - byte address of the storage
 * @param view - which elements
 * @param dtype - their dtype
 * @returns a new typed array
 */
export const copyToHost = (memory: LinearMemory, address: number, view: View, dtype: DType): TypedArray => {
  const size = sizeOf(view.shape)
  const result = allocateArray(dtype, size)
  if (size === 0) return result
  const elements = memory.elements(dtype)
  const start = address / itemSize(dtype) + view.offset
  if (isDense(view)) {
    result.set(elements.subarray(start, start + size))
    return result
  }
  const { shape, strides } = view
  const innermost = shape.length - 1
  let next = 0
  const walk = (axis: number, position: number): void => {
    const count = shape[axis] ?? 1
    const stride = strides[axis] ?? 0
    for (let i = 0; i < count; i++, position += stride) {
      if (axis === innermost) result[next++] = elements[position] ?? 0
      else walk(axis + 1, position)
    }
  }
  walk(0, start)
  return result
}

/**
 * Copies host data to the start of a storage, byte for byte.
 *
 * @param memory - the device's memory
 * @param address - byte address of the storage
 * @param data - the host data
 */
export const copyFromHost = (memory: LinearMemory, address: number, data: ArrayBufferView): void => {
  memory.bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address)
}
