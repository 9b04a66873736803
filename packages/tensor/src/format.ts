import type { DType, TypedArray } from './dtype.js'
import { showShape } from './shape.js'

/** Elements at each end of an axis that is too long to print whole. */
const edge = 3
/** Tensors with more elements are summarized. */
const threshold = 1000

const showNumber = (value: number, dtype: DType): string => {
  if (dtype === 'bool') return value !== 0 ? 'true' : 'false'
  if (dtype === 'int32' || !Number.isFinite(value)) return String(value)
  return Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(5)))
}

/** Text of a tensor: values in nested brackets (long axes shortened), shape where it cannot be seen, dtype. */
export const formatTensor = (
  tensor: { readonly shape: readonly number[]; readonly dtype: DType },
  data: TypedArray | undefined,
): string => {
  const { shape, dtype } = tensor
  if (data === undefined || data.length === 0) return `tensor(shape ${showShape(shape)}, ${dtype})`
  const summarize = data.length > threshold
  const texts = new Map<number, string>()
  const textAt = (place: number): string => {
    const known = texts.get(place) ?? showNumber(data[place] ?? Number.NaN, dtype)
    texts.set(place, known)
    return known
  }
  const placesAlong = (length: number): (number | undefined)[] =>
    summarize && length > 2 * edge
      ? [0, 1, 2, undefined, length - 3, length - 2, length - 1]
      : Array.from({ length }, (_, place) => place)
  let width = 0
  const render = (axis: number, start: number, step: number): string => {
    const length = shape[axis]
    if (length === undefined) return textAt(start).padStart(width)
    const inner = step / length
    const parts = placesAlong(length).map((place) =>
      place === undefined ? '…' : render(axis + 1, start + place * inner, inner),
    )
    const gap = axis === shape.length - 1 ? ', ' : `,\n${'\n'.repeat(shape.length - axis - 2)}${' '.repeat(8 + axis)}`
    return `[${parts.join(gap)}]`
  }
  render(0, 0, data.length)
  // Columns line up only where there are columns.
  if (shape.length > 1) for (const text of texts.values()) width = Math.max(width, text.length)
  const values = render(0, 0, data.length)
  return `tensor(${values}, ${summarize ? `shape ${showShape(shape)}, ` : ''}${dtype})`
}
