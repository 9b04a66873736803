import type { TypedArray } from '@chainrule/tensor'

/**
 * Rearranges an array whose first axis varies fastest (Fortran order) so that the last one does (row-major order).
 *
 * Element (i_0, …, i_{n−1}) lies at Σ_k i_k · Π_{j<k} d_j and moves to Σ_k i_k · Π_{j>k} d_j.
 */
export function fortranToRowMajor(array: TypedArray, shape: readonly number[]): TypedArray {
  const result = array.slice()
  const strides: number[] = []
  let stride = 1
  for (const size of shape) {
    strides.push(stride)
    stride *= size
  }
  const place = shape.map(() => 0)
  let source = 0
  for (let target = 0; target < result.length; target += 1) {
    result[target] = array[source] ?? 0
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const size = shape[axis] ?? 0
      const step = strides[axis] ?? 0
      const next = (place[axis] ?? 0) + 1
      source += step
      if (next < size) {
        place[axis] = next
        break
      }
      place[axis] = 0
      source -= step * size
    }
  }
  return result
}
