import type { DType, SortKernel } from '@chainrule/tensor'
import {
  exchangeSegments,
  loadSegment,
  padSegment,
  type SegmentStretch,
  sortSegment,
  type SortSegments,
  storeSegment,
} from '../kernels/sort-segments.js'
import { sortBlock } from '../kernels/sort-code.js'
import { inputMemory, type Launch, outputMemory } from '../launch.js'
import type { Composition } from './composition.js'
import { range } from './part.js'
import { splitSpace } from './split-space.js'

/** Bytes of a key and a place. */
const pairBytes = 8

/** Batcher's bitonic network over segments: blocks in workgroup memory, then runs of twice the length each. */
const network = (segments: SortSegments, count: number): Launch[] => {
  const { length, size } = segments
  const numbers = range(count)
  const block = Math.min(sortBlock, size)
  const launches = numbers.map((segment) => sortSegment(segments, segment, 'blocks'))
  for (let run = block * 2; run <= length; run *= 2) {
    for (let half = run / 2; half >= block; half /= 2) {
      const isLeft = (segment: number): boolean => half < size || segment % ((2 * half) / size) < half / size
      launches.push(...numbers.filter(isLeft).map((segment) => exchangeSegments(segments, segment, run, half)))
    }
    launches.push(...numbers.map((segment) => sortSegment(segments, segment, run)))
  }
  return launches
}

/** Stretches of the lines from `line` on, of one outer index, in windows of the source or of the places. */
const stretches = (
  { length, size }: SortSegments,
  lines: number,
  along: number,
  dtype: DType,
  offset: number,
  inner: number,
  limit: number,
): SegmentStretch[] | undefined => {
  const found: SegmentStretch[] = []
  for (let segment = 0; segment * size < Math.max(length, 1) && segment * size < along; segment++) {
    const place = segment * size
    const places = Math.min(along - place, size)
    const access = { strides: [1, inner], offset: offset + place * inner }
    const parts = splitSpace([lines, places], [{ dtype, access }], [0, 1], limit)
    if (!parts) return undefined
    for (const { start, shape, accesses, byteOffsets } of parts) {
      const [line = 0, at = 0] = start
      found.push({
        segment,
        first: line * length + at,
        lines: shape[0] ?? 0,
        places: shape[1] ?? 0,
        place: place + at,
        offset: accesses[0]?.offset ?? 0,
        byteOffset: byteOffsets[0] ?? 0,
      })
    }
  }
  return found
}

/**
 * A sort of lines that are longer than a binding, or whose elements lie further apart: places are sorted in segments, and
 * values gathered by them.
 *
 * @param kernel - the sort
 * @param limit - bytes of a binding
 * @returns undefined where a binding is too small to hold anything
 */
export const composeSort = (kernel: SortKernel, limit: number): Composition | undefined => {
  const { structure, outer, axis, count, inner, offsets } = kernel
  const length = 2 ** Math.ceil(Math.log2(Math.max(2, axis)))
  const most = 2 ** Math.floor(Math.log2(limit / pairBytes))
  const perSegment = Math.max(1, Math.min(most / length, 2 ** Math.ceil(Math.log2(inner))))
  const size = Math.min(most, perSegment * length)
  const segments: SortSegments = { kernel, length, size }
  const blocks = Math.ceil(length / size)
  const launches: Launch[] = []
  for (let number = 0; number < outer; number++) {
    for (let line = 0; line < inner; line += perSegment) {
      const lines = Math.min(perSegment, inner - line)
      const of = (along: number, dtype: DType, offset: number) =>
        stretches(segments, lines, along, dtype, offset + number * along * inner + line, inner, limit)
      const loads = of(axis, structure.dtype, offsets.input)
      const stores = of(count, 'int32', offsets.places)
      if (!loads || !stores) return undefined
      launches.push(
        ...range(blocks).map((segment) => padSegment(segments, segment)),
        ...loads.map((stretch) => loadSegment(segments, stretch)),
        ...network(segments, blocks),
        ...stores.map((stretch) => storeSegment(segments, stretch)),
      )
    }
  }
  return {
    scratch: [],
    stages: [
      { launches, scratch: range(blocks).map(() => size * pairBytes) },
      {
        kernel: {
          kind: 'gather',
          structure: { mode: 'along', dtype: structure.dtype },
          outer,
          axis,
          count,
          inner,
          offsets: { source: offsets.input, index: offsets.places, output: offsets.values },
        },
        inputs: [inputMemory(0), outputMemory(1)],
        outputs: [outputMemory(0)],
      },
    ],
  }
}
