import { IndexError } from '../errors.js'
import type { GatherKernel } from '../kernel.js'
import { type Elements, partOf } from './elements.js'

/**
 * Checks every index before anything is written.
 *
 * @param operation - name for the message
 * @param index - the indices
 * @param axis - size of the axis that they point into
 * @throws IndexError naming the first index that is outside
 */
export const requireIndices = (operation: string, index: Elements, axis: number): void => {
  const at = index.findIndex((place) => place < 0 || place >= axis)
  if (at < 0) return
  const range = axis === 0 ? 'no index at all, as the axis has size 0' : `0 … ${axis - 1} for an axis of size ${axis}`
  throw new IndexError(`${operation}: got index ${index[at]} at position ${at}, expected ${range}. Check the indices.`)
}

/**
 * Runs a gather kernel.
 *
 * @param kernel - the kernel
 * @param sourceElements - elements of the source, [outer, axis, inner]
 * @param indexElements - elements of the index
 * @param outputElements - elements of the output, [outer, count, inner]
 * @throws IndexError for an index outside the axis
 */
export const runGather = (
  kernel: GatherKernel,
  sourceElements: Elements,
  indexElements: Elements,
  outputElements: Elements,
): void => {
  const { outer, axis, count, inner, offsets } = kernel
  const isAlong = kernel.structure.mode === 'along'
  const size = outer * count * inner
  if (size === 0) return
  const source = partOf(sourceElements, offsets.source, outer * axis * inner)
  const index = partOf(indexElements, offsets.index, isAlong ? size : count)
  const output = partOf(outputElements, offsets.output, size)
  requireIndices('gather', index, axis)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < count; i++) {
      for (let r = 0; r < inner; r++) {
        const target = (o * count + i) * inner + r
        const place = index[isAlong ? target : i] as number
        output[target] = source[(o * axis + place) * inner + r] as number
      }
    }
  }
}
