import type { CopyKernel, DType, TypedArray } from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { expectSame } from '../testing/expect-same.js'
import { denseLayout, type Layout, layoutsOf, shapes } from '../testing/layouts.js'
import { referenceRun } from '../testing/reference-run.js'
import { featureSets, runPlan, type RunPlanOptions } from '../testing/run-plan.js'
import { sampleArray } from '../testing/samples.js'
import { planCopy } from './copy.js'

// Hundreds of shapes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const dtypes = ['bool', 'int32', 'float32', 'float64'] as const satisfies readonly DType[]

const check = (
  kernel: CopyKernel,
  inputs: readonly TypedArray[],
  output: TypedArray,
  options?: RunPlanOptions,
): void => {
  const expected = referenceRun(kernel, inputs, [output])
  runPlan(planCopy(kernel), inputs, [output], options)
  expectSame([output], expected)
}

/** One to three pieces, each from an input of its own; those that replace go to places of their own. */
const cases = fc
  .tuple(fc.constantFrom(...dtypes), fc.boolean(), fc.array(shapes, { minLength: 1, maxLength: 3 }), fc.boolean())
  // Adjoints, which accumulate, are numbers.
  .map(
    ([dtype, accumulate, ...rest]) => [accumulate && dtype === 'bool' ? 'int32' : dtype, accumulate, ...rest] as const,
  )
  .chain(([dtype, accumulate, pieceShapes, fills]) =>
    fc
      .tuple(
        ...pieceShapes.map((shape) => fc.tuple(fc.constant(shape), layoutsOf(shape, true), layoutsOf(shape, false))),
      )
      .map((pieces) => {
        let start = 0
        const placed = pieces.map(([shape, source, target], at) => {
          const offset = accumulate ? target.offset : target.offset + start
          start += target.extent
          return { input: at, shape, source, target: { strides: target.strides, offset } }
        })
        const size = accumulate ? Math.max(...pieces.map(([, , target]) => target.extent)) : start
        const kernel: CopyKernel = {
          kind: 'copy',
          structure: { dtype, accumulate },
          ...(fills ? { fill: { value: dtype === 'bool' ? 1 : -2.5, size: Math.ceil(size / 2), offset: 1 } } : {}),
          pieces: placed,
        }
        return {
          kernel,
          inputs: pieces.map(([, source], at) =>
            sampleArray(dtype, source.extent, { seed: at, specialEvery: accumulate ? 0 : 5 }),
          ),
          output: sampleArray(dtype, size + 2, { seed: 9 }),
        }
      }),
  )

describe.each(Object.entries(featureSets))('copy on an engine with %s', (_, features) => {
  it('gives the same bits as the reference device, for any layouts and dtypes', () => {
    fc.assert(
      fc.property(cases, ({ kernel, inputs, output }) => {
        check(kernel, inputs, output, { features })
      }),
      { numRuns: 200 },
    )
  })
})

describe('copy', () => {
  const whole = (shape: readonly number[], source: Layout, target: Layout): CopyKernel => ({
    kind: 'copy',
    structure: { dtype: 'float32', accumulate: false },
    pieces: [{ input: 0, shape, source, target }],
  })

  it.each([
    ['a large block', [300, 1000], denseLayout([300, 1000])],
    ['a transposed matrix', [500, 600], { strides: [1, 500], offset: 0, extent: 300000 }],
    ['short rows', [30000, 5], { strides: [7, 1], offset: 0, extent: 210000 }],
  ] as const)('copies %s, in any order of chunks', (_, shape, source) => {
    const target = denseLayout(shape)
    const kernel = whole(shape, source, target)
    expect(planCopy(kernel).phases[0]).toBeGreaterThan(1)
    check(kernel, [sampleArray('float32', source.extent)], new Float32Array(target.extent), {
      order: (chunks) => Array.from({ length: chunks }, (_, at) => [chunks - 1 - at, chunks - at] as const),
    })
  })

  it.each(dtypes)('fills %s without pieces', (dtype) => {
    for (const size of [0, 1, 3, 7, 100, 300001]) {
      const kernel: CopyKernel = {
        kind: 'copy',
        structure: { dtype, accumulate: false },
        fill: { value: 3.5, size, offset: 1 },
        pieces: [],
      }
      check(kernel, [], sampleArray(dtype, size + 2))
    }
  })
})
