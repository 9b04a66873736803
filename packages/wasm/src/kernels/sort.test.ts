import type { DType, ScanKernel, SortKernel } from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { expectSame } from '../testing/expect-same.js'
import { referenceRun } from '../testing/reference-run.js'
import { featureSets, runPlan, type RunPlanOptions } from '../testing/run-plan.js'
import { sampleArray } from '../testing/samples.js'
import { planScan } from './scan.js'
import { planSort } from './sort.js'

// Hundreds of shapes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const dtypes = ['bool', 'int32', 'float32', 'float64'] as const satisfies readonly DType[]
const numeric = ['int32', 'float32', 'float64'] as const satisfies readonly DType[]

const sizes = fc.record({
  outer: fc.integer({ min: 0, max: 4 }),
  axis: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 13, max: 300 })),
  inner: fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 60, max: 80 })),
  offset: fc.nat(3),
  seed: fc.nat(1000),
})

const backwards: RunPlanOptions['order'] = (chunks) =>
  Array.from({ length: chunks }, (_, at) => [chunks - 1 - at, chunks - at] as const)

describe.each(Object.entries(featureSets))('on an engine with %s', (_, features) => {
  it('scan gives the same bits as the reference device', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...numeric),
        fc.constantFrom('sum', 'prod'),
        fc.boolean(),
        fc.boolean(),
        sizes,
        (dtype, reduction, reverse, exclusive, { outer, axis, inner, offset, seed }) => {
          const kernel: ScanKernel = {
            kind: 'scan',
            structure: { reduction, dtype, reverse, exclusive },
            outer,
            axis,
            inner,
            offsets: { input: offset, output: 1 },
          }
          const size = outer * axis * inner
          const inputs = [sampleArray(dtype, size + offset, { seed, specialEvery: 50 })]
          const output = sampleArray(dtype, size + 2)
          const expected = referenceRun(kernel, inputs, [output])
          runPlan(planScan(kernel), inputs, [output], { features, order: backwards })
          expectSame([output], expected)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('sort gives the same values and places as the reference device', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...dtypes),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        sizes,
        (dtype, descending, share, { outer, axis, inner, offset, seed }) => {
          const count = Math.round(axis * share)
          const kernel: SortKernel = {
            kind: 'sort',
            structure: { dtype, descending },
            outer,
            axis,
            count,
            inner,
            offsets: { input: offset, values: 1, places: 2 },
          }
          // Many ties, zeros of both signs, infinities and NaN.
          const input = sampleArray(dtype, outer * axis * inner + offset, { seed, specialEvery: 3 })
          const outputs = [
            sampleArray(dtype, outer * count * inner + 2),
            sampleArray('int32', outer * count * inner + 3),
          ]
          const expected = referenceRun(kernel, [input], outputs)
          runPlan(planSort(kernel), [input], outputs, { features, order: backwards })
          expectSame(outputs, expected)
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('sort', () => {
  it('keeps ties in order, also when descending, with NaN above all', () => {
    const input = Float32Array.of(1, NaN, -0, 0, 1, -Infinity, NaN, 0)
    const sorted = (descending: boolean): number[] => {
      const outputs = [new Float32Array(8), new Int32Array(8)] as const
      const kernel: SortKernel = {
        kind: 'sort',
        structure: { dtype: 'float32', descending },
        outer: 1,
        axis: 8,
        count: 8,
        inner: 1,
        offsets: { input: 0, values: 0, places: 0 },
      }
      runPlan(planSort(kernel), [input], outputs)
      return [...outputs[1]]
    }
    expect(sorted(false)).toEqual([5, 2, 3, 7, 0, 4, 1, 6])
    expect(sorted(true)).toEqual([1, 6, 0, 4, 2, 3, 7, 5])
  })
})
