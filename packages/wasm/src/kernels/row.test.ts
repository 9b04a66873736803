import {
  type DType,
  input,
  isFloating,
  type Reduction,
  type RowKernel,
  type RowStructure,
  scalarOps as ops,
  stage,
  count,
  type TypedArray,
} from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { expectSame } from '../testing/expect-same.js'
import { denseLayout, type Layout, layoutsOf, shapes } from '../testing/layouts.js'
import { referenceRun } from '../testing/reference-run.js'
import { compiledModules, featureSets, runPlan, type RunPlanOptions } from '../testing/run-plan.js'
import { sampleArray } from '../testing/samples.js'
import { planRow } from './row.js'

// Hundreds of shapes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const runRow = (
  kernel: RowKernel,
  inputs: readonly TypedArray[],
  outputs: readonly TypedArray[],
  options?: RunPlanOptions,
): void => {
  runPlan(planRow(kernel), inputs, outputs, options)
}

const reductions = ['sum', 'prod', 'max', 'min', 'argmax', 'argmin'] as const satisfies readonly Reduction[]
const dtypes = ['bool', 'int32', 'float32', 'float64'] as const satisfies readonly DType[]

const resultOf = (reduction: Reduction, dtype: DType): DType => {
  if (reduction === 'argmax' || reduction === 'argmin') return 'int32'
  return dtype === 'bool' && (reduction === 'sum' || reduction === 'prod') ? 'int32' : dtype
}

/** One reduction of one operand. */
const simple = (reduction: Reduction, dtype: DType): RowStructure => ({
  inputs: [dtype],
  stages: [{ reduction, expression: input(0, dtype) }],
  outputs: [{ per: 'row', expression: stage(0, resultOf(reduction, dtype)) }],
})

const softmax = (dtype: DType): RowStructure => {
  const x = input(0, dtype)
  const shifted = ops.exp(ops.sub(x, stage(0, dtype)))
  return {
    inputs: [dtype],
    stages: [
      { reduction: 'max', expression: x },
      { reduction: 'sum', expression: shifted },
    ],
    outputs: [{ per: 'element', expression: ops.div(shifted, stage(1, dtype)) }],
  }
}

/**
 * Layer norm with weight and bias, which also gives the means. Its ε is large, as in rows of equal elements the difference
 * from the mean is a rounding error that is divided by √ε.
 */
const layerNorm = (dtype: DType): RowStructure => {
  const x = input(0, dtype)
  const mean = ops.div(stage(0, dtype), count(dtype))
  const centred = ops.sub(x, mean)
  const variance = ops.div(stage(1, dtype), count(dtype))
  const normal = ops.div(centred, ops.sqrt(ops.add(variance, ops.like(x, 0.25))))
  return {
    inputs: [dtype, dtype, dtype],
    stages: [
      { reduction: 'sum', expression: x },
      { reduction: 'sum', expression: ops.mul(centred, centred) },
    ],
    outputs: [
      { per: 'element', expression: ops.add(ops.mul(normal, input(1, dtype)), input(2, dtype)) },
      { per: 'row', expression: mean },
    ],
  }
}

const outputDTypes = ({ outputs }: RowStructure): DType[] => outputs.map(({ expression }) => expression.dtype)

/** A kernel with arrays to run it on. */
interface Case {
  readonly kernel: RowKernel
  readonly inputs: TypedArray[]
  readonly outputs: TypedArray[]
}

/** Any shape of up to five axes, any of them kept, any layouts. */
const casesOf = (structure: RowStructure, specialEvery = 0): fc.Arbitrary<Case> =>
  fc
    .array(
      shapes.chain((shape) =>
        fc
          .nat(shape.length)
          .chain((kept) =>
            fc.tuple(
              fc.constant({ shape, kept }),
              fc.tuple(...structure.inputs.map(() => layoutsOf(shape, true))),
              fc.tuple(
                ...structure.outputs.map(({ per }) => layoutsOf(per === 'row' ? shape.slice(0, kept) : shape, false)),
              ),
            ),
          ),
      ),
      { minLength: 1, maxLength: 2 },
    )
    .chain((spaces) =>
      fc.nat(1000).map((seed) => {
        const arrays = (layouts: readonly Layout[], of: readonly DType[], first: number): TypedArray[] =>
          layouts.map((layout, at) =>
            sampleArray(of[at] ?? 'float32', layout.extent, { seed: seed + first + at, specialEvery }),
          )
        return {
          kernel: {
            kind: 'row',
            structure,
            spaces: spaces.map(([space, inputs, outputs]) => ({ ...space, inputs, outputs })),
          } as const,
          inputs: spaces.flatMap(([, inputs], group) => arrays(inputs, structure.inputs, 10 * group)),
          outputs: spaces.flatMap(([, , outputs], group) => arrays(outputs, outputDTypes(structure), 10 * group + 5)),
        }
      }),
    )

const isFloatArray = (array: TypedArray): boolean => array instanceof Float32Array || array instanceof Float64Array

const largestOf = (array: TypedArray): number => {
  let largest = 1e-30
  for (const value of array) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value))
  return largest
}

/**
 * Compares floats up to rounding: sums of up to 17920 terms in another order, exponentials of 2 ulp. Where terms cancel, a
 * result is small and its error is not: it is measured in units of the `terms` then.
 */
const expectNear = (
  actual: readonly TypedArray[],
  expected: readonly TypedArray[],
  terms: readonly TypedArray[] = [],
): void => {
  const largestTerm = Math.max(0, ...terms.map(largestOf))
  actual.forEach((array, at) => {
    const other = expected[at]
    if (!isFloatArray(array)) {
      expect(array).toEqual(other)
      return
    }
    const tolerance = (array instanceof Float32Array ? 2e-5 : 1e-13) * Math.max(largestOf(array), largestTerm)
    for (let index = 0; index < array.length; index++) {
      const value = array[index] ?? 0
      const wanted = other?.[index] ?? 0
      const isSame = value === wanted || (Number.isNaN(value) && Number.isNaN(wanted))
      if (isSame || Math.abs(value - wanted) <= tolerance) continue
      expect({ index, value }).toEqual({ index, value: wanted })
    }
  })
}

/** Floats whose sums and products are exact in any order, whichever of them are repeated. */
const exactly: Partial<Record<Reduction, (value: number) => number>> = {
  sum: (value) => Math.round(value * 50),
  prod: (value) => (value < 0 ? -1 : 1),
}

describe.each(Object.entries(featureSets))('row on an engine with %s', (_, features) => {
  it.each(reductions.flatMap((reduction) => dtypes.map((dtype) => [reduction, dtype] as const)))(
    'gives the %s of %s like the reference device, for any layout',
    (reduction, dtype) => {
      const structure = simple(reduction, dtype)
      const exact = isFloating(dtype) ? exactly[reduction] : undefined
      fc.assert(
        fc.property(
          casesOf(structure, reduction === 'sum' || reduction === 'prod' ? 0 : 5),
          ({ kernel, inputs, outputs }) => {
            if (exact !== undefined) for (const array of inputs) array.set(array.map(exact))
            const expected = referenceRun(kernel, inputs, outputs)
            runRow(kernel, inputs, outputs, { features })
            expectSame(outputs, expected)
          },
        ),
        { numRuns: 40 },
      )
    },
  )

  it.each([
    ['softmax', softmax],
    ['layer norm', layerNorm],
  ] as const)('computes %s like the reference device, for any layout', (_name, structureOf) => {
    for (const dtype of ['float32', 'float64'] as const) {
      fc.assert(
        fc.property(casesOf(structureOf(dtype)), ({ kernel, inputs, outputs }) => {
          const expected = referenceRun(kernel, inputs, outputs)
          runRow(kernel, inputs, outputs, { features })
          expectNear(outputs, expected, inputs)
        }),
        { numRuns: 60 },
      )
    }
  })
})

const space = (
  shape: readonly number[],
  kept: number,
  inputs: readonly Layout[],
  structure: RowStructure,
): RowKernel['spaces'][number] => ({
  shape,
  kept,
  inputs,
  outputs: structure.outputs.map(({ per }) => denseLayout(per === 'row' ? shape.slice(0, kept) : shape)),
})

const outputsOf = (structure: RowStructure, { shape, kept }: RowKernel['spaces'][number]): TypedArray[] =>
  structure.outputs.map(({ per, expression }) =>
    sampleArray(
      expression.dtype,
      (per === 'row' ? shape.slice(0, kept) : shape).reduce((all, size) => all * size, 1),
    ),
  )

const backwards: RunPlanOptions = {
  order: (chunks) => Array.from({ length: chunks }, (_, at) => [chunks - 1 - at, chunks - at] as const),
}

describe('row', () => {
  const transposed = (rows: number, columns: number): Layout => ({
    strides: [1, rows],
    offset: 0,
    extent: rows * columns,
  })

  it.each([
    ['many rows', [300, 301], denseLayout([300, 301])],
    ['one long row', [1, 140000], denseLayout([1, 140000])],
    ['few long rows', [2, 140000], denseLayout([2, 140000])],
    ['rows side by side', [1500, 70], transposed(1500, 70)],
    ['few long rows side by side', [35, 5000], transposed(35, 5000)],
  ] as const)('gives the same bits for any order of chunks: %s', (_, shape, layout) => {
    const weight = { strides: [0, 1], offset: 0, extent: shape[1] }
    for (const [structure, layouts] of [
      [simple('sum', 'float32'), [layout]],
      [simple('argmax', 'float32'), [layout]],
      [softmax('float32'), [layout]],
      [layerNorm('float32'), [layout, weight, weight]],
    ] as const) {
      const one = space(shape, 1, layouts, structure)
      const kernel: RowKernel = { kind: 'row', structure, spaces: [one] }
      const inputs = layouts.map(({ extent }, at) => sampleArray('float32', extent, { seed: at }))
      const [whole, apart] = [outputsOf(structure, one), outputsOf(structure, one)]
      runRow(kernel, inputs, whole)
      runRow(kernel, inputs, apart, backwards)
      expectSame(apart, whole)
      expectNear(whole, referenceRun(kernel, inputs, whole))
    }
  })

  it('has work for several threads where rows are few and long', () => {
    const structure = simple('sum', 'float32')
    const one = space([1000000], 0, [denseLayout([1000000])], structure)
    const { phases } = planRow({ kind: 'row', structure, spaces: [one] })
    expect(phases[0]).toBeGreaterThan(8)
    expect(phases).toHaveLength(2)
  })

  it('adds up long rows with an error that hardly grows with their length', () => {
    const structure = simple('sum', 'float32')
    const length = 1 << 22
    const one = space([length], 0, [denseLayout([length])], structure)
    const output = new Float32Array(1)
    runRow({ kind: 'row', structure, spaces: [one] }, [new Float32Array(length).fill(0.1)], [output])
    // Terms are added one after another in blocks of 64 only. All one after another, the last would be added to 4·10⁵, each
    // with an error of up to 1/64.
    expect(Math.abs((output[0] ?? 0) / (length * Math.fround(0.1)) - 1)).toBeLessThan(64 * 2 ** -24)
  })

  it('lets a grouped reduction mix short and long rows', () => {
    const structure = simple('sum', 'float32')
    const lengths = [5, 300000, 1, 70000]
    const kernel: RowKernel = {
      kind: 'row',
      structure,
      spaces: lengths.map((length) => space([length], 0, [denseLayout([length])], structure)),
    }
    const inputs = lengths.map((length, seed) => sampleArray('float32', length, { seed }))
    const outputs = lengths.map(() => new Float32Array(1))
    runRow(kernel, inputs, outputs)
    expectNear(outputs, referenceRun(kernel, inputs, outputs))
  })

  it('compiles nothing new for another batch size, one included', () => {
    const structures = [softmax('float32'), simple('sum', 'float32'), simple('max', 'float32')]
    const run = (batch: number): void => {
      structures.forEach((structure, at) => {
        // Over the last axis, then over the first, then over all.
        const shape = at === 0 ? [batch, 10] : at === 1 ? [10, batch] : [batch]
        const kept = at === 2 ? 0 : 1
        const layout = at === 1 ? transposed(10, batch) : denseLayout(shape)
        const one = space(shape, kept, [layout], structure)
        runRow(
          { kind: 'row', structure, spaces: [one] },
          [sampleArray('float32', layout.extent)],
          outputsOf(structure, one),
        )
      })
    }
    run(64)
    const before = compiledModules()
    for (const batch of [1, 2, 63, 500, 100000]) run(batch)
    expect(compiledModules()).toBe(before)
  })

  it('joins an input of the row to what was reduced, also where the first row it sees has one element', () => {
    const structure: RowStructure = {
      inputs: ['float32', 'float32'],
      stages: [{ reduction: 'sum', expression: input(0, 'float32') }],
      outputs: [{ per: 'row', expression: ops.add(input(1, 'float32'), stage(0, 'float32')) }],
    }
    for (const length of [1, 5]) {
      const one = space([length], 0, [denseLayout([length]), { strides: [0], offset: 0, extent: 1 }], structure)
      const outputs = outputsOf(structure, one)
      // Whole numbers, so that the sum is exact.
      runRow(
        { kind: 'row', structure, spaces: [one] },
        [new Float32Array(length).fill(3), Float32Array.of(100)],
        outputs,
      )
      expect(outputs).toEqual([Float32Array.of(100 + 3 * length)])
    }
  })

  it('writes in place where the input and the output are one storage', () => {
    const structure = softmax('float32')
    const layout = denseLayout([40, 33])
    const one = space([40, 33], 1, [layout], structure)
    const data = sampleArray('float32', layout.extent)
    const kernel: RowKernel = { kind: 'row', structure, spaces: [one] }
    const expected = referenceRun(kernel, [data.slice()], [data])
    runRow(kernel, [data], [data])
    expectNear([data], expected)
  })
})
