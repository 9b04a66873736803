import type { SortKernel } from '../kernel.js'
import { type Elements, partOf } from './elements.js'

/** Negative where x comes before y in ascending order; NaN comes after every number. */
const compare = (x: number, y: number): number => {
  if (x < y) return -1
  if (x > y) return 1
  return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
}

/**
 * Runs a sort kernel. `Array.prototype.sort` is stable, so ties keep their order either way round.
 *
 * @param kernel - the kernel
 * @param inputElements - elements of the input, [outer, axis, inner]
 * @param valueElements - elements of the sorted values, [outer, count, inner]
 * @param placeElements - elements of where they were, int32
 */
export const runSort = (
  kernel: SortKernel,
  inputElements: Elements,
  valueElements: Elements,
  placeElements: Elements,
): void => {
  const { outer, axis, count, inner, offsets } = kernel
  const input = partOf(inputElements, offsets.input, outer * axis * inner)
  const values = partOf(valueElements, offsets.values, outer * count * inner)
  const places = partOf(placeElements, offsets.places, values.length)
  const line = new Float64Array(axis)
  const ascending = (p: number, q: number): number => compare(line[p] as number, line[q] as number)
  const descending = (p: number, q: number): number => compare(line[q] as number, line[p] as number)
  for (let o = 0; o < outer; o++) {
    for (let r = 0; r < inner; r++) {
      for (let i = 0; i < axis; i++) line[i] = input[(o * axis + i) * inner + r] as number
      const order = Array.from(line, (_, place) => place).sort(kernel.structure.descending ? descending : ascending)
      for (let i = 0; i < count; i++) {
        const at = (o * count + i) * inner + r
        const place = order[i] as number
        values[at] = line[place] as number
        places[at] = place
      }
    }
  }
}
