import type { ScanKernel, SortKernel } from '@chainrule/tensor'
import { describe, it } from 'vitest'
import { contents, expectLikeReference, sampleNumbers, unset } from '../testing/both-devices.js'

const booleans = [false, true]

const scans: readonly ScanKernel[] = [
  { outer: 3, axis: 5, inner: 2 },
  { outer: 1, axis: 3000, inner: 1 },
  { outer: 2, axis: 100, inner: 3 },
].flatMap((size) =>
  (['sum', 'prod'] as const).flatMap((reduction) =>
    booleans.flatMap((reverse) =>
      booleans.map((exclusive) => ({
        kind: 'scan' as const,
        structure: { reduction, dtype: 'float32' as const, reverse, exclusive },
        ...size,
        offsets: { input: 0, output: 0 },
      })),
    ),
  ),
)

/** Running sums and products of 3000 numbers in float32, against float64. */
const accumulation = 1e-4

describe('scan', () => {
  it.each(
    scans.map((kernel) => {
      const { reduction, reverse, exclusive } = kernel.structure
      const shape = [kernel.outer, kernel.axis, kernel.inner].join(', ')
      return [
        `${reduction} of [${shape}]${reverse ? ' reversed' : ''}${exclusive ? ' exclusive' : ''}`,
        kernel,
      ] as const
    }),
  )('runs a %s', async (_, kernel) => {
    const size = kernel.outer * kernel.axis * kernel.inner
    // Factors near 1 keep products in range.
    const numbers = sampleNumbers(size).map((value) =>
      kernel.structure.reduction === 'prod' ? 1 + value / 3000 : value,
    )
    const operands = { inputs: [contents('float32', numbers)], outputs: [unset('float32', size)] }
    await expectLikeReference(kernel, operands, accumulation)
  })
})

const sorts: readonly SortKernel[] = [
  { outer: 3, axis: 5, count: 5, inner: 2 },
  { outer: 1, axis: 3000, count: 3000, inner: 1 },
  { outer: 2, axis: 100, count: 7, inner: 3 },
  { outer: 300, axis: 3, count: 3, inner: 1 },
  { outer: 1, axis: 1, count: 1, inner: 1 },
].flatMap((size) =>
  (['float32', 'int32', 'bool'] as const).flatMap((dtype) =>
    booleans.map((descending) => ({
      kind: 'sort' as const,
      structure: { dtype, descending },
      ...size,
      offsets: { input: 0, values: 0, places: 0 },
    })),
  ),
)

const numbersFor = ({ structure: { dtype }, outer, axis, inner }: SortKernel): number[] =>
  sampleNumbers(outer * axis * inner).map((value, at) => {
    if (dtype === 'bool') return Number(value > 0)
    if (dtype === 'int32') return Math.trunc(value * 10)
    return at % 17 === 3 ? NaN : at % 13 === 2 ? -0 : at % 11 === 1 ? -Infinity : at % 5 === 0 ? 0 : value
  })

describe('sort', () => {
  it.each(
    sorts.map((kernel) => {
      const shape = [kernel.outer, kernel.axis, kernel.inner].join(', ')
      const { dtype, descending } = kernel.structure
      return [`${String(kernel.count)} of ${dtype} [${shape}]${descending ? ' descending' : ''}`, kernel] as const
    }),
  )('orders %s, ties as they stood and NaN as the greatest', async (_, kernel) => {
    const results = kernel.outer * kernel.count * kernel.inner
    await expectLikeReference(kernel, {
      inputs: [contents(kernel.structure.dtype, numbersFor(kernel))],
      outputs: [unset(kernel.structure.dtype, results), unset('int32', results)],
    })
  })
})
