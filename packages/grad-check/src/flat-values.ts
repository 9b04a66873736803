import { tensor, type Tensor } from '@chainrule/tensor'

/** What decides how a list of tensors lies in one row of numbers. */
export type Layout = readonly Pick<Tensor, 'shape' | 'dtype' | 'size' | 'device'>[]

/** How many elements tensors have together. */
export const countOf = (layout: Layout): number => layout.reduce((total, { size }) => total + size, 0)

/**
 * The elements of tensors in one row; the tensors are disposed.
 *
 * @param tensors - the tensors
 * @returns their elements
 */
export const takeValues = async (tensors: readonly Tensor[]): Promise<Float64Array> => {
  const values = await readValues(tensors)
  for (const each of tensors) each.dispose()
  return values
}

/** The elements of tensors in one row. */
export const readValues = async (tensors: readonly Tensor[]): Promise<Float64Array> => {
  const row = new Float64Array(countOf(tensors))
  let start = 0
  for (const each of tensors) {
    row.set(await each.data(), start)
    start += each.size
  }
  return row
}

/**
 * Tensors of a layout from a row of numbers.
 *
 * @param layout - their shapes, dtypes and devices
 * @param row - their elements
 * @returns the tensors
 */
export const makeTensors = (layout: Layout, row: Float64Array): Tensor[] => {
  let start = 0
  return layout.map(({ shape, dtype, size, device }) => {
    const piece = row.subarray(start, start + size)
    start += size
    return tensor(piece, { shape, dtype, device })
  })
}

/**
 * The place of an element of a row: which tensor, and its index there.
 *
 * @param layout - of the row
 * @param element - place in the row
 * @returns number of the tensor and index along each axis
 */
export const locate = (
  layout: Layout,
  element: number,
): { readonly position: number; readonly index: readonly number[] } => {
  let rest = element
  for (const [position, { size, shape }] of layout.entries()) {
    if (rest < size) return { position, index: indexOf(shape, rest) }
    rest -= size
  }
  throw new RangeError(`gradCheck: no element ${element}`)
}

const indexOf = (shape: readonly number[], place: number): number[] => {
  let rest = place
  const reversed = [...shape].reverse().map((size) => {
    const along = rest % size
    rest = Math.floor(rest / size)
    return along
  })
  return reversed.reverse()
}
