import type { ScatterAddKernel } from '../kernel.js'
import { type Elements, makeAccumulators, partOf } from './elements.js'
import { requireIndices } from './gather.js'

/**
 * Runs a scatter-add kernel: sums in float64 (or modulo 2^32), in order of the index, and rounds once.
 *
 * @param kernel - the kernel
 * @param sourceElements - elements of the source, [outer, count, inner]
 * @param indexElements - elements of the index
 * @param base - elements of what is added to, [outer, axis, inner]; zeros without it
 * @param output - elements of the output, [outer, axis, inner]
 * @throws IndexError for an index outside the axis
 */
export const runScatterAdd = (
  kernel: ScatterAddKernel,
  sourceElements: Elements,
  indexElements: Elements,
  base: Elements | undefined,
  output: Elements,
): void => {
  const { outer, axis, count, inner, offsets } = kernel
  const isAlong = kernel.structure.mode === 'along'
  const size = outer * count * inner
  const source = partOf(sourceElements, offsets.source, size)
  const index = partOf(indexElements, offsets.index, isAlong || size === 0 ? size : count)
  requireIndices('scatterAdd', index, axis)
  const sums = makeAccumulators(kernel.structure.dtype, outer * axis * inner)
  if (base !== undefined) sums.set(partOf(base, offsets.base, sums.length))
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < count; i++) {
      for (let r = 0; r < inner; r++) {
        const from = (o * count + i) * inner + r
        const place = index[isAlong ? from : i] as number
        const target = (o * axis + place) * inner + r
        sums[target] = (sums[target] as number) + (source[from] as number)
      }
    }
  }
  partOf(output, offsets.output, sums.length).set(sums)
}
