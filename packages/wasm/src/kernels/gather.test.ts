import { type DType, type GatherKernel, IndexError, type ScatterAddKernel, type TypedArray } from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { expectSame } from '../testing/expect-same.js'
import { referenceRun } from '../testing/reference-run.js'
import { featureSets, runPlan, type RunPlanOptions } from '../testing/run-plan.js'
import { sampleArray } from '../testing/samples.js'
import { planGather } from './gather.js'
import { planScatterAdd } from './scatter-add.js'

// Hundreds of shapes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const dtypes = ['bool', 'int32', 'float32', 'float64'] as const satisfies readonly DType[]

const sizes = fc.record({
  outer: fc.integer({ min: 0, max: 4 }),
  axis: fc.integer({ min: 1, max: 9 }),
  count: fc.integer({ min: 0, max: 12 }),
  inner: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 6, max: 300 })),
  offset: fc.nat(3),
  seed: fc.nat(1000),
})

const indices = (length: number, axis: number, seed: number): Int32Array =>
  Int32Array.from(sampleArray('int32', length, { seed }), (value) => Math.abs(value) % axis)

const backwards: RunPlanOptions['order'] = (chunks) =>
  Array.from({ length: chunks }, (_, at) => [chunks - 1 - at, chunks - at] as const)

describe.each(Object.entries(featureSets))('on an engine with %s', (_, features) => {
  it('gather gives the same bits as the reference device', () => {
    fc.assert(
      fc.property(fc.constantFrom(...dtypes), fc.constantFrom('take', 'along'), sizes, (dtype, mode, of) => {
        const { outer, axis, count, inner, offset, seed } = of
        const indexSize = mode === 'take' ? count : outer * count * inner
        const kernel: GatherKernel = {
          kind: 'gather',
          structure: { mode, dtype },
          outer,
          axis,
          count,
          inner,
          offsets: { source: offset, index: 1, output: 2 },
        }
        const inputs = [sampleArray(dtype, outer * axis * inner + offset, { seed }), indices(indexSize + 1, axis, seed)]
        const output = sampleArray(dtype, outer * count * inner + 2)
        const expected = referenceRun(kernel, inputs, [output])
        runPlan(planGather(kernel), inputs, [output], { features })
        expectSame([output], expected)
      }),
      { numRuns: 150 },
    )
  })

  it('scatterAdd adds in the order of the index', () => {
    fc.assert(
      fc.property(fc.constantFrom('take', 'along'), fc.boolean(), sizes, (mode, hasBase, of) => {
        const { outer, axis, count, inner, offset, seed } = of
        const indexSize = mode === 'take' ? count : outer * count * inner
        const kernel: ScatterAddKernel = {
          kind: 'scatterAdd',
          // Sums of int32 and float64 are the same in whatever precision the reference device adds.
          structure: { mode, dtype: seed % 2 === 0 ? 'int32' : 'float64', hasBase },
          outer,
          axis,
          count,
          inner,
          offsets: { source: offset, index: 1, base: 1, output: 2 },
        }
        const { dtype } = kernel.structure
        const base = sampleArray(dtype, outer * axis * inner + 1, { seed: seed + 1 })
        const inputs = [
          sampleArray(dtype, outer * count * inner + offset, { seed }),
          indices(indexSize + 1, axis, seed),
          ...(hasBase ? [base] : []),
        ]
        const output = sampleArray(dtype, outer * axis * inner + 2)
        const expected = referenceRun(kernel, inputs, [output])
        runPlan(planScatterAdd(kernel), inputs, [output], { features })
        expectSame([output], expected)
      }),
      { numRuns: 150 },
    )
  })
})

describe('embedding', () => {
  const [words, width, tokens] = [3000, 64, 4000]
  const index = indices(tokens, words, 3)
  const gather: GatherKernel = {
    kind: 'gather',
    structure: { mode: 'take', dtype: 'float32' },
    outer: 1,
    axis: words,
    count: tokens,
    inner: width,
    offsets: { source: 0, index: 0, output: 0 },
  }
  const scatter: ScatterAddKernel = {
    ...gather,
    kind: 'scatterAdd',
    structure: { mode: 'take', dtype: 'float32', hasBase: false },
    offsets: { source: 0, index: 0, base: 0, output: 0 },
  }

  it('is read and added up in chunks whose order does not matter', () => {
    const table = sampleArray('float32', words * width)
    const [rows, same] = [new Float32Array(tokens * width), new Float32Array(tokens * width)]
    runPlan(planGather(gather), [table, index], [rows])
    runPlan(planGather(gather), [table, index], [same], { order: backwards })
    expectSame([rows], [same])
    expectSame([rows], referenceRun(gather, [table, index], [rows]))

    const [sums, again] = [new Float32Array(words * width), new Float32Array(words * width)]
    expect(planScatterAdd(scatter).phases[0]).toBeGreaterThan(8)
    runPlan(planScatterAdd(scatter), [rows, index], [sums])
    runPlan(planScatterAdd(scatter), [rows, index], [again], { order: backwards })
    expectSame([sums], [again])
    const expected = new Float32Array(words * width)
    index.forEach((word, token) => {
      for (let at = 0; at < width; at++) {
        const to = word * width + at
        expected[to] = (expected[to] ?? 0) + (rows[token * width + at] ?? 0)
      }
    })
    expectSame([sums], [expected])
  })

  it.each([
    ['negative', -1],
    ['too large', words],
  ])('reports an index that is %s', (_, bad) => {
    const wrong = index.slice()
    wrong[1234] = bad
    const table = new Float32Array(words * width)
    const message = `got index ${bad}, expected 0 … 2999 for an axis of size 3000`
    const run = (plan: ReturnType<typeof planGather>, inputs: TypedArray[], length: number): void => {
      runPlan(plan, inputs, [new Float32Array(length)])
    }
    expect(() => {
      run(planGather(gather), [table, wrong], tokens * width)
    }).toThrow(IndexError)
    expect(() => {
      run(planGather(gather), [table, wrong], tokens * width)
    }).toThrow(message)
    expect(() => {
      run(planScatterAdd(scatter), [new Float32Array(tokens * width), wrong], words * width)
    }).toThrow(message)
  })
})
