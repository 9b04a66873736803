import type { DType, TypedArray } from './dtype.js'

/** Numbers or booleans, or lists of them to any depth. */
export type NestedArray = number | boolean | NestedArray[]

/** Row-major elements as nested arrays of a shape. */
export const toNested = (data: TypedArray, shape: readonly number[], dtype: DType): NestedArray => {
  let place = 0
  const build = (axis: number): NestedArray => {
    const length = shape[axis]
    if (length === undefined) {
      const value = data[place++] ?? Number.NaN
      return dtype === 'bool' ? value !== 0 : value
    }
    return Array.from({ length }, () => build(axis + 1))
  }
  return build(0)
}
