import type { DType } from '../dtype.js'
import type { Reduction } from '../kernel.js'
import type { Elements } from './elements.js'

/** What a row has come to so far. */
export interface Running {
  /** The sum, product or extreme. */
  value: number
  /** Where the extreme is, counted from the start of the row; −1 before the first element. */
  place: number
}

type Accumulate = (running: Running, values: Elements, start: number, end: number, firstPlace: number) => void

const sum: Accumulate = (running, values, start, end) => {
  let value = running.value
  for (let i = start; i < end; i++) value += values[i] as number
  running.value = value
}

const integerSum: Accumulate = (running, values, start, end) => {
  let value = running.value
  for (let i = start; i < end; i++) value = (value + (values[i] as number)) | 0
  running.value = value
}

const product: Accumulate = (running, values, start, end) => {
  let value = running.value
  for (let i = start; i < end; i++) value *= values[i] as number
  running.value = value
}

const integerProduct: Accumulate = (running, values, start, end) => {
  let value = running.value
  for (let i = start; i < end; i++) value = Math.imul(value, values[i] as number)
  running.value = value
}

const max: Accumulate = (running, values, start, end) => {
  let value = running.value
  for (let i = start; i < end; i++) value = Math.max(value, values[i] as number)
  running.value = value
}

const min: Accumulate = (running, values, start, end) => {
  let value = running.value
  for (let i = start; i < end; i++) value = Math.min(value, values[i] as number)
  running.value = value
}

/** Keeps the first of equals; the first NaN beats every number and is never beaten. */
const extremePlace =
  (beats: (candidate: number, best: number) => boolean): Accumulate =>
  (running, values, start, end, firstPlace) => {
    for (let i = start; i < end; i++) {
      const candidate = values[i] as number
      const isBetter = beats(candidate, running.value) || (Number.isNaN(candidate) && !Number.isNaN(running.value))
      if (running.place < 0 || isBetter) {
        running.value = candidate
        running.place = firstPlace + i - start
      }
    }
  }

/** How a reduction starts, goes on, and what it gives. */
export interface Reducer {
  /** The value of a row without elements. */
  readonly identity: number
  /** Takes in `values[start … end − 1]`, the first of which is at `firstPlace` in its row. */
  readonly accumulate: Accumulate
  /** Dtype of the result. */
  readonly dtype: DType
  /** Whether the result is the place rather than the value. */
  readonly givesPlace: boolean
}

/** The least element of a dtype, which leaves every maximum as it is; −infinity saturates to it in int32. */
const lowest = (dtype: DType): number => (dtype === 'bool' ? 0 : dtype === 'int32' ? -(2 ** 31) : -Infinity)
const highest = (dtype: DType): number => (dtype === 'bool' ? 1 : dtype === 'int32' ? 2 ** 31 - 1 : Infinity)

/**
 * How rows of a dtype are reduced: in float64, or in wrapping integers for bool and int32.
 *
 * @param reduction - the kind
 * @param dtype - dtype of the elements
 * @returns the reducer
 */
export const reducerOf = (reduction: Reduction, dtype: DType): Reducer => {
  const isInteger = dtype === 'int32' || dtype === 'bool'
  const counted = isInteger ? 'int32' : dtype
  switch (reduction) {
    case 'sum':
      return { identity: 0, accumulate: isInteger ? integerSum : sum, dtype: counted, givesPlace: false }
    case 'prod':
      return { identity: 1, accumulate: isInteger ? integerProduct : product, dtype: counted, givesPlace: false }
    case 'max':
      return { identity: lowest(dtype), accumulate: max, dtype, givesPlace: false }
    case 'min':
      return { identity: highest(dtype), accumulate: min, dtype, givesPlace: false }
    case 'argmax':
      return { identity: -Infinity, accumulate: extremePlace((x, best) => x > best), dtype: 'int32', givesPlace: true }
    case 'argmin':
      return { identity: Infinity, accumulate: extremePlace((x, best) => x < best), dtype: 'int32', givesPlace: true }
  }
}
