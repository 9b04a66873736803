import type { ScatterAddKernel } from '../kernel.js'
import { type Elements, makeAccumulators } from './elements.js'
import { requireIndices } from './gather.js'

/**
 * Runs a scatter-add kernel: sums in float64 (or modulo 2^32), in order of the index, and rounds once.
 *
 * @param kernel - the kernel
 * @param source - elements of the source, [outer, count, inner]
 * @param index - elements of the index
 * @param base - elements of what is added to, [outer, axis, inner]; zeros without it
 * @param output - elements of the output, [outer, axis, inner]
 * @throws IndexError for an index outside the axis
 */
export const runScatterAdd = (
  kernel: ScatterAddKernel,
  source: Elements,
  index: Elements,
  base: Elements | undefined,
  output: Elements,
): void => {
  const { outer, axis, count, inner, offsets } = kernel
  const isAlong = kernel.structure.mode === 'along'
  const indexSize = isAlong ? outer * count * inner : outer * inner === 0 ? 0 : count
  requireIndices('scatterAdd', index, offsets.index, indexSize, axis)
  const sums = makeAccumulators(kernel.structure.dtype, outer * axis * inner)
  if (base !== undefined) sums.set(base.subarray(offsets.base, offsets.base + sums.length))
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < count; i++) {
      const from = (o * count + i) * inner
      for (let r = 0; r < inner; r++) {
        const place = index[offsets.index + (isAlong ? from + r : i)] as number
        const target = (o * axis + place) * inner + r
        sums[target] = (sums[target] as number) + (source[offsets.source + from + r] as number)
      }
    }
  }
  output.set(sums, offsets.output)
}
