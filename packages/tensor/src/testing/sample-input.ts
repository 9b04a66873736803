import { broadcastTo, permute, reshape, transpose } from '../ops/movement.js'
import { flip, slice, sliceAxis } from '../ops/slicing.js'
import { tensor } from '../ops/from-data.js'
import { sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'

/**
 * How an input lies in memory; its elements are the same in each.
 *
 * - `offset`: in order, but not at the start of its storage
 * - `transposed`: the last two axes exchanged (rank of at least 2)
 * - `reversed`: the axes in the opposite order
 * - `sliced`: every second element along each axis of a larger tensor
 * - `flipped`: backwards along each axis
 * - `repeated`: stored once along the first axis, whose slices are all equal
 */
export type InputView = 'dense' | 'offset' | 'transposed' | 'reversed' | 'sliced' | 'flipped' | 'repeated'

/** Dtypes of sample inputs. */
export type SampleDType = 'bool' | 'int32' | 'float32' | 'float64'

/** One input of a sample. */
export interface SampleInput {
  /** Elements in row-major order; bool as 0 and 1. */
  readonly data: readonly number[]
  readonly shape: readonly number[]
  readonly dtype: SampleDType
  /** Default `dense`. */
  readonly view?: InputView
}

/** Stands between the elements of a view, so that reading a wrong one shows. */
const filler: Record<SampleDType, number> = { bool: 1, int32: 987654321, float32: 12345.5, float64: 12345.5 }

/** Row-major elements of a permuted tensor: the ones that `permute(…, order)` gives. */
const permuted = (data: readonly number[], shape: readonly number[], order: readonly number[]): number[] => {
  const steps = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  const walk = (place: number, start: number): number[] => {
    const axis = order[place]
    if (axis === undefined) return [data[start] ?? Number.NaN]
    return Array.from({ length: shape[axis] ?? 0 }, (_, at) => walk(place + 1, start + at * (steps[axis] ?? 0))).flat()
  }
  return walk(0, 0)
}

/** Each axis of size n becomes one of 2n + 1 with the elements at the odd places. */
const spaced = (data: readonly number[], shape: readonly number[], fill: number): number[] => {
  const walk = (axis: number, start: number): number[] => {
    const length = shape[axis]
    if (length === undefined) return [data[start] ?? Number.NaN]
    const inner = sizeOf(shape.slice(axis + 1))
    const gap = new Array<number>(sizeOf(shape.slice(axis + 1).map((size) => 2 * size + 1))).fill(fill)
    return Array.from({ length }, (_, at) => [...gap, ...walk(axis + 1, start + at * inner)])
      .flat()
      .concat(gap)
  }
  return walk(0, 0)
}

/**
 * Puts an input of a sample on a device, as a view of the kind it asks for.
 *
 * @param input - the input
 * @param device - name of a running device; the current one when left out
 * @returns a tensor with the elements of the input
 */
export const placeInput = ({ data, shape, dtype, view = 'dense' }: SampleInput, device?: string): Tensor => {
  const make = (elements: readonly number[], sizes: readonly number[]): Tensor =>
    tensor(dtype === 'bool' ? elements.map((bit) => bit !== 0) : elements, {
      shape: sizes,
      dtype,
      ...(device !== undefined && { device }),
    })
  const axes = shape.map((_, axis) => axis)
  switch (view) {
    case 'dense':
      return make(data, shape)
    case 'offset': {
      const padded = [...new Array<number>(3).fill(filler[dtype]), ...data, filler[dtype]]
      return reshape(sliceAxis(make(padded, [padded.length]), 0, 3, data.length), shape)
    }
    case 'transposed': {
      const order = [...axes.slice(0, -2), axes.length - 1, axes.length - 2]
      return transpose(
        make(
          permuted(data, shape, order),
          order.map((axis) => shape[axis] ?? 1),
        ),
        -1,
        -2,
      )
    }
    case 'reversed': {
      const order = [...axes].reverse()
      return permute(make(permuted(data, shape, order), [...shape].reverse()), order)
    }
    case 'sliced': {
      const sizes = shape.map((size) => 2 * size + 1)
      return slice(
        make(spaced(data, shape, filler[dtype]), sizes),
        axes.map(() => 1),
        sizes,
        axes.map(() => 2),
      )
    }
    case 'flipped':
      return flip(make([...data].reverse(), shape), axes)
    case 'repeated':
      return broadcastTo(make(data.slice(0, sizeOf(shape.slice(1))), [1, ...shape.slice(1)]), shape)
  }
}
