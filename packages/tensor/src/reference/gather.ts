import { IndexError } from '../errors.js'
import type { GatherKernel } from '../kernel.js'
import type { Elements } from './elements.js'

/**
 * Checks every index before anything is written.
 *
 * @param operation - name for the message
 * @param index - elements of the index
 * @param first - where it begins
 * @param size - how many there are
 * @param axis - size of the axis that they point into
 * @throws IndexError naming the first index that is outside
 */
export const requireIndices = (operation: string, index: Elements, first: number, size: number, axis: number): void => {
  for (let at = 0; at < size; at++) {
    const place = index[first + at] as number
    if (place >= 0 && place < axis) continue
    const range = axis === 0 ? 'no index at all, as the axis has size 0' : `0 … ${axis - 1} for an axis of size ${axis}`
    throw new IndexError(`${operation}: got index ${place} at position ${at}, expected ${range}. Check the indices.`)
  }
}

/**
 * Runs a gather kernel.
 *
 * @param kernel - the kernel
 * @param source - elements of the source, [outer, axis, inner]
 * @param index - elements of the index
 * @param output - elements of the output, [outer, count, inner]
 * @throws IndexError for an index outside the axis
 */
export const runGather = (kernel: GatherKernel, source: Elements, index: Elements, output: Elements): void => {
  const { outer, axis, count, inner, offsets } = kernel
  const isAlong = kernel.structure.mode === 'along'
  const indexSize = isAlong ? outer * count * inner : outer * inner === 0 ? 0 : count
  requireIndices('gather', index, offsets.index, indexSize, axis)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < count; i++) {
      const target = (o * count + i) * inner
      for (let r = 0; r < inner; r++) {
        const place = index[offsets.index + (isAlong ? target + r : i)] as number
        output[offsets.output + target + r] = source[offsets.source + (o * axis + place) * inner + r] as number
      }
    }
  }
}
