import {
  cellSlot,
  constant,
  type DType,
  type Expression,
  index,
  input,
  type MatmulKernel,
  scalarOps,
  stage,
  type TypedArray,
} from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { denseLayout, type Layout, layoutsOf } from '../../testing/layouts.js'
import { referenceRun } from '../../testing/reference-run.js'
import { runPlan, type RunPlanOptions } from '../../testing/run-plan.js'
import { sampleArray } from '../../testing/samples.js'
import { scriptLibrary } from '../../testing/script-library.js'
import { planMatmul } from '../matmul.js'

type Structure = MatmulKernel['structure']
type Sizes = readonly [rows: number, columns: number, inner: number]

const { add, cast, less, maximum, mul, where } = scalarOps
const sum = (dtype: DType): Expression => stage(0, dtype)

const structures: Readonly<Record<string, Structure>> = {
  'no epilogue': { dtype: 'float32' },
  'no epilogue, float64': { dtype: 'float64' },
  'bias and ReLU': {
    dtype: 'float32',
    epilogue: {
      inputs: ['float32'],
      expression: maximum(add(sum('float32'), input(0, 'float32')), constant(0, 'float32')),
    },
  },
  'a mask and a cell': {
    dtype: 'float32',
    epilogue: {
      inputs: ['bool'],
      expression: where(input(0, 'bool'), mul(sum('float32'), cellSlot(0, 'float32')), constant(1, 'float32')),
    },
  },
  'another dtype': {
    dtype: 'float32',
    epilogue: { inputs: ['float64'], expression: add(cast(sum('float32'), 'float64'), input(0, 'float64')) },
  },
  coordinates: {
    dtype: 'float32',
    epilogue: {
      inputs: [],
      expression: where(less(index(0), constant(3, 'int32')), sum('float32'), constant(0, 'float32')),
    },
  },
}

interface Sample {
  readonly kernel: MatmulKernel
  readonly inputs: readonly TypedArray[]
  readonly output: TypedArray
}

const sampleOf = (
  structure: Structure,
  batch: readonly number[],
  [rows, columns, inner]: Sizes,
  layouts: readonly Layout[],
): Sample => {
  const [a, b, ...rest] = layouts as readonly [Layout, Layout, ...Layout[]]
  const output = rest.at(-1) ?? a
  const dtypes = [structure.dtype, structure.dtype, ...(structure.epilogue?.inputs ?? [])]
  return {
    kernel: {
      kind: 'matmul',
      structure,
      batch,
      rows,
      columns,
      inner,
      a,
      b,
      output,
      epilogueInputs: rest.slice(0, -1),
    },
    inputs: dtypes.map((dtype, seed) => sampleArray(dtype, layouts[seed]?.extent ?? 0, { seed })),
    output: sampleArray(structure.epilogue?.expression.dtype ?? structure.dtype, output.extent, { seed: 9 }),
  }
}

const denseSample = (structure: Structure, batch: readonly number[], sizes: Sizes): Sample => {
  const [rows, columns, inner] = sizes
  const c = [...batch, rows, columns]
  const shapes = [
    [...batch, rows, inner],
    [...batch, inner, columns],
    ...(structure.epilogue?.inputs ?? []).map(() => c),
    c,
  ]
  return sampleOf(
    structure,
    batch,
    sizes,
    shapes.map((shape) => denseLayout(shape)),
  )
}

const run = ({ kernel, inputs, output }: Sample, options: RunPlanOptions = {}): TypedArray => {
  const plan = planMatmul(kernel, scriptLibrary())
  const actual = output.slice()
  runPlan(plan, inputs, [actual], { cells: [0.5], ...options })
  return actual
}

/** Both sum at most 40 products of numbers below 4 in some order: 40 roundings of at most 640 · 2^−24, on either side. */
const tolerance = 4e-3

const expectAsReference = (sample: Sample): void => {
  const [expected] = referenceRun(sample.kernel, sample.inputs, [sample.output], [0.5])
  run(sample).forEach((value, at) => {
    const difference = Math.abs(value - (expected?.[at] ?? NaN))
    if (!(difference <= tolerance)) expect.fail(`element ${at}: ${value} instead of ${expected?.[at]}`)
  })
}

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 9 }) },
  { weight: 3, arbitrary: fc.integer({ min: 10, max: 40 }) },
)

describe('a matrix product on a library', () => {
  it.each(Object.keys(structures))('is that of the reference device for any strides and batch (%s)', (name) => {
    const structure = structures[name] ?? { dtype: 'float32' }
    const samples = fc
      .tuple(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }), fc.tuple(size, size, size))
      .chain(([batch, sizes]) => {
        const [rows, columns, inner] = sizes
        const c = [...batch, rows, columns]
        return fc
          .tuple(
            layoutsOf([...batch, rows, inner], true),
            layoutsOf([...batch, inner, columns], true),
            ...(structure.epilogue?.inputs ?? []).map(() => layoutsOf(c, true)),
            layoutsOf(c, false),
          )
          .map((layouts) => sampleOf(structure, batch, sizes, layouts))
      })
    fc.assert(fc.property(samples, expectAsReference), { numRuns: 150, seed: 1 })
  })

  it('is cut by its sizes alone, and any order of chunks gives the same bits', () => {
    for (const structure of [structures['no epilogue'], structures['bias and ReLU']]) {
      const sample = denseSample(structure ?? { dtype: 'float32' }, [], [160, 250, 240])
      const plan = planMatmul(sample.kernel, scriptLibrary())
      expect(plan.phases[0]).toBeGreaterThan(1)
      expect(plan.library).toEqual({ calls: plan.phases[0], isConcurrent: true })
      const backwards = (chunks: number): [number, number][] =>
        Array.from({ length: chunks }, (_, at) => [chunks - 1 - at, chunks - at])
      expect(run(sample, { order: backwards })).toEqual(run(sample))
    }
  })

  it('is one chunk where only one thread may call the library', () => {
    const { kernel } = denseSample({ dtype: 'float32' }, [3], [160, 250, 240])
    const plan = planMatmul(kernel, scriptLibrary({ isConcurrent: false }))
    expect(plan.phases).toEqual([1])
    expect(plan.library?.isConcurrent).toBe(false)
  })

  it('stays on the own kernels where the library is not preferred, and for empty sums and whole numbers', () => {
    const sizesAsked: unknown[] = []
    const library = scriptLibrary({
      prefers: (shape) => {
        sizesAsked.push(shape)
        return false
      },
    })
    const keyOf = ({ kernel }: Sample): string => planMatmul(kernel, library).code.key
    expect(keyOf(denseSample({ dtype: 'float32' }, [], [70, 80, 90]))).not.toMatch(/library/)
    expect(sizesAsked).toEqual([{ rows: 70, columns: 80, inner: 90, itemBytes: 4 }])
    expect(planMatmul(denseSample({ dtype: 'float32' }, [], [9, 9, 0]).kernel, scriptLibrary()).library).toBeUndefined()
    expect(planMatmul(denseSample({ dtype: 'int32' }, [], [9, 9, 9]).kernel, scriptLibrary()).library).toBeUndefined()
  })

  it('accumulates into the output in place', () => {
    const structure: Structure = {
      dtype: 'float32',
      epilogue: { inputs: ['float32'], expression: add(sum('float32'), input(0, 'float32')) },
    }
    const { kernel, inputs } = denseSample(structure, [], [20, 30, 40])
    const [a, b, before] = inputs as [TypedArray, TypedArray, TypedArray]
    const [expected] = referenceRun(kernel, [a, b, before], [before], [])
    const inPlace = before.slice()
    runPlan(planMatmul(kernel, scriptLibrary()), [a, b, inPlace], [inPlace])
    const largest = Math.max(...inPlace.map((value, at) => Math.abs(value - (expected?.[at] ?? NaN))))
    expect(largest).toBeLessThan(tolerance)
  })
})
