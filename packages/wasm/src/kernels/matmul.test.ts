import {
  allocateArray,
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
import { afterEach, describe, expect, it } from 'vitest'
import { detectFeatures } from '../features.js'
import { denseLayout, type Layout, layoutsOf } from '../testing/layouts.js'
import { referenceRun } from '../testing/reference-run.js'
import { compiledModules, featureSets, runPlan } from '../testing/run-plan.js'
import { sampleArray } from '../testing/samples.js'
import { forceTile } from './contraction/tile-choice.js'
import { tileVariants } from './contraction/tile-variants.js'
import { planMatmul } from './matmul.js'

type Form = 'nn' | 'nt' | 'tn' | 'tt'
const forms: readonly Form[] = ['nn', 'nt', 'tn', 'tt']

const structures: Partial<Record<DType, MatmulKernel['structure']>> = {
  float32: { dtype: 'float32' },
  float64: { dtype: 'float64' },
  int32: { dtype: 'int32' },
}

const product = (form: Form, rows: number, columns: number, inner: number, dtype: DType = 'float32'): MatmulKernel => ({
  kind: 'matmul',
  structure: structures[dtype] ?? { dtype },
  batch: [],
  rows,
  columns,
  inner,
  a: { strides: form.startsWith('t') ? [1, rows] : [inner, 1], offset: 0 },
  b: { strides: form.endsWith('t') ? [1, inner] : [columns, 1], offset: 0 },
  output: { strides: [columns, 1], offset: 0 },
  epilogueInputs: [],
})

const place = (isTransposed: boolean, i: number, j: number, rows: number, columns: number): number =>
  isTransposed ? j * rows + i : i * columns + j

/**
 * Checks a product against sums in float64. Each of the k terms of a sum is rounded at most twice, and each partial sum
 * once, so the error is at most about (k + 2) · 2^−24 · Σ |a · b|.
 */
const checkProduct = (form: Form, rows: number, columns: number, inner: number): void => {
  const a = sampleArray('float32', rows * inner, { seed: 1 })
  const b = sampleArray('float32', inner * columns, { seed: 2 })
  const c = new Float32Array(rows * columns).fill(NaN)
  runPlan(planMatmul(product(form, rows, columns, inner)), [a, b], [c])
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0
      let size = 0
      for (let k = 0; k < inner; k++) {
        const left = a[place(form.startsWith('t'), i, k, rows, inner)] ?? 0
        const term = left * (b[place(form.endsWith('t'), k, j, inner, columns)] ?? 0)
        sum += term
        size += Math.abs(term)
      }
      const error = Math.abs((c[i * columns + j] ?? NaN) - sum)
      if (!(error <= (inner + 2) * 2 ** -24 * size)) {
        expect.fail(`${form} ${rows}×${inner}×${columns} at ${i}, ${j}: off by ${error} of ${sum}`)
      }
    }
  }
}

/** Products whose operands may lie anyhow, with a batch and an epilogue over further operands. */
interface Sample {
  readonly kernel: MatmulKernel
  readonly inputs: readonly TypedArray[]
  readonly output: TypedArray
}

const sample = (
  structure: MatmulKernel['structure'],
  batch: readonly number[],
  [rows, columns, inner]: readonly [number, number, number],
  layouts: readonly Layout[],
): Sample => {
  const [a, b, ...rest] = layouts as readonly [Layout, Layout, ...Layout[]]
  const output = rest.at(-1) ?? a
  const epilogueInputs = rest.slice(0, -1)
  const dtypes = [structure.dtype, structure.dtype, ...(structure.epilogue?.inputs ?? [])]
  return {
    kernel: { kind: 'matmul', structure, batch, rows, columns, inner, a, b, output, epilogueInputs },
    inputs: dtypes.map((dtype, seed) => sampleArray(dtype, layouts[seed]?.extent ?? 0, { seed })),
    output: sampleArray(structure.epilogue?.expression.dtype ?? structure.dtype, output.extent, { seed: 9 }),
  }
}

/** Sums of up to 40 products of numbers below 4, in float32: 40 roundings of at most 640 · 2^−24, doubled by epilogues. */
const tolerances: Partial<Record<DType, number>> = { float32: 4e-3, float64: 1e-11, int32: 0, bool: 0 }

const expectNear = (actual: TypedArray, expected: TypedArray, dtype: DType): void => {
  const tolerance = tolerances[dtype] ?? 0
  for (let at = 0; at < expected.length; at++) {
    const difference = Math.abs((actual[at] ?? NaN) - (expected[at] ?? NaN))
    if (!(difference <= tolerance)) expect.fail(`element ${at}: ${actual[at]} instead of ${expected[at]}`)
  }
}

const checkSample = (
  { kernel, inputs, output }: Sample,
  cells: readonly number[],
  features = featureSets['simd'],
): void => {
  const [expected] = referenceRun(kernel, inputs, [output], cells)
  const actual = output.slice()
  runPlan(planMatmul(kernel), inputs, [actual], features === undefined ? { cells } : { cells, features })
  expectNear(actual, expected ?? output, kernel.structure.dtype)
}

const sum = (dtype: DType): Expression => stage(0, dtype)
const { add, cast, less, maximum, mul, where } = scalarOps

/** Epilogues: bias and ReLU, a residual, a mask of another dtype, cells and coordinates, another output dtype. */
const epilogues: Readonly<Record<string, MatmulKernel['structure']>> = {
  none: { dtype: 'float32' },
  'bias and ReLU': {
    dtype: 'float32',
    epilogue: {
      inputs: ['float32'],
      expression: maximum(add(sum('float32'), input(0, 'float32')), constant(0, 'float32')),
    },
  },
  'scaled and masked': {
    dtype: 'float32',
    epilogue: {
      inputs: ['bool', 'float32'],
      expression: where(
        input(0, 'bool'),
        mul(sum('float32'), cellSlot(0, 'float32')),
        add(sum('float32'), mul(input(1, 'float32'), cellSlot(1, 'float32'))),
      ),
    },
  },
  'to float64': {
    dtype: 'float32',
    epilogue: { inputs: ['float64'], expression: add(cast(sum('float32'), 'float64'), input(0, 'float64')) },
  },
  'to int32': {
    dtype: 'int32',
    epilogue: {
      inputs: ['int32', 'bool'],
      expression: add(mul(sum('int32'), input(0, 'int32')), cast(input(1, 'bool'), 'int32')),
    },
  },
  float64: {
    dtype: 'float64',
    epilogue: { inputs: ['float64'], expression: add(sum('float64'), input(0, 'float64')) },
  },
}

const layoutsFor = (
  structure: MatmulKernel['structure'],
  batch: readonly number[],
  [rows, columns, inner]: readonly [number, number, number],
): fc.Arbitrary<readonly Layout[]> => {
  const c = [...batch, rows, columns]
  return fc.tuple(
    layoutsOf([...batch, rows, inner], true),
    layoutsOf([...batch, inner, columns], true),
    ...(structure.epilogue?.inputs ?? []).map(() => layoutsOf(c, true)),
    layoutsOf(c, false),
  )
}

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 9 }) },
  { weight: 3, arbitrary: fc.integer({ min: 10, max: 40 }) },
)

const batches = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 })

afterEach(() => {
  forceTile(undefined)
})

/** Every size takes two seconds a form, and many times as long on a busy machine. */
const patience = 240_000

describe('planMatmul', { timeout: patience }, () => {
  it.each(forms)('multiplies every size from 0 to 33 (%s)', (form) => {
    for (let rows = 0; rows <= 33; rows++) {
      for (let columns = 0; columns <= 33; columns++) {
        for (let inner = 0; inner <= 33; inner++) checkProduct(form, rows, columns, inner)
      }
    }
  })

  it.each(forms)('multiplies sizes around the blocks it works in (%s)', (form) => {
    for (const [rows, columns, inner] of [
      [61, 67, 71],
      [127, 131, 255],
      [129, 97, 257],
      [131, 521, 127],
      [5, 523, 521],
      [521, 5, 523],
      [1, 1031, 513],
      [4, 1031, 67],
      [1031, 1, 513],
      [67, 3, 1031],
      [523, 11, 7],
    ] as const) {
      checkProduct(form, rows, columns, inner)
    }
  })

  it.each(Object.keys(epilogues))('agrees with the reference device for any strides and batch (%s)', (name) => {
    const structure = epilogues[name] ?? { dtype: 'float32' }
    fc.assert(
      fc.property(
        fc
          .tuple(batches, fc.tuple(size, size, size))
          .chain(([batch, sizes]) =>
            layoutsFor(structure, batch, sizes).map((layouts) => sample(structure, batch, sizes, layouts)),
          ),
        (made) => {
          checkSample(made, [0.5, -2])
        },
      ),
      { numRuns: 150, seed: 1 },
    )
  })

  it('knows the coordinates of each element', () => {
    const where0 = [2, 3, 7, 21] as const
    const coordinate = (axis: number): Expression => cast(index(axis), 'float32')
    const structure: MatmulKernel['structure'] = {
      dtype: 'float32',
      epilogue: {
        inputs: [],
        // Batch axes 0 and 1, rows are axis 2, columns axis 3: a causal mask with a tag of the matrix.
        expression: where(
          less(index(2), index(3)),
          add(mul(coordinate(0), constant(100, 'float32')), mul(coordinate(1), constant(10, 'float32'))),
          sum('float32'),
        ),
      },
    }
    const [first, second, rows, columns] = where0
    const batch = [first, second]
    const layouts = [
      [...batch, rows, 5],
      [...batch, 5, columns],
      [...batch, rows, columns],
    ].map((shape) => denseLayout(shape))
    checkSample(sample(structure, batch, [rows, columns, 5], layouts), [])
  })

  it('accumulates into the output in place', () => {
    for (const [rows, columns, inner] of [
      [3, 40, 300],
      [50, 70, 600],
    ] as const) {
      const structure: MatmulKernel['structure'] = {
        dtype: 'float32',
        epilogue: { inputs: ['float32'], expression: add(sum('float32'), input(0, 'float32')) },
      }
      const layouts = [
        [rows, inner],
        [inner, columns],
        [rows, columns],
        [rows, columns],
      ].map((shape) => denseLayout(shape))
      const { kernel, inputs } = sample(structure, [], [rows, columns, inner], layouts)
      const [a, b, before] = inputs as [TypedArray, TypedArray, TypedArray]
      const [expected] = referenceRun(kernel, [a, b, before], [before], [])
      const inPlace = before.slice()
      runPlan(planMatmul(kernel), [a, b, inPlace], [inPlace])
      // 600 products of numbers below 4: each rounding is at most 9600 · 2^−24, and errors of both signs add up.
      const largest = Math.max(...inPlace.map((value, at) => Math.abs(value - (expected?.[at] ?? NaN))))
      expect(largest).toBeLessThan(0.02)
    }
  })

  it.for(Object.keys(featureSets))('works with the features of any engine (%s)', (name, context) => {
    if (name === 'relaxed' && !detectFeatures().relaxedSimd) context.skip('this engine has no relaxed SIMD')
    for (const dtype of ['float32', 'float64', 'int32'] as const) {
      for (const [rows, columns, inner] of [
        [13, 29, 17],
        [2, 29, 17],
        [29, 2, 17],
      ] as const) {
        for (const form of forms) {
          const kernel = product(form, rows, columns, inner, dtype)
          const inputs = [
            sampleArray(dtype, rows * inner, { seed: 1 }),
            sampleArray(dtype, inner * columns, { seed: 2 }),
          ]
          const features = featureSets[name]
          checkSample({ kernel, inputs, output: allocateArray(dtype, rows * columns) }, [], features)
        }
      }
    }
  })

  it('gives the same bits with every register tile and any order of chunks', () => {
    for (const [rows, columns, inner] of [
      [130, 200, 600],
      [40, 700, 300],
      [64, 64, 64],
    ] as const) {
      const a = sampleArray('float32', rows * inner, { seed: 1 })
      const b = sampleArray('float32', inner * columns, { seed: 2 })
      const results = tileVariants.map((_, variant) => {
        forceTile(variant)
        const c = new Float32Array(rows * columns)
        const backwards = (chunks: number): [number, number][] =>
          Array.from({ length: chunks }, (__, at) => [chunks - 1 - at, chunks - at])
        runPlan(planMatmul(product('nn', rows, columns, inner)), [a, b], [c], variant === 0 ? {} : { order: backwards })
        return c
      })
      expect(results[1]).toEqual(results[0])
      expect(results[2]).toEqual(results[0])
    }
  })

  it('propagates NaN and infinities only to the elements that they meet', () => {
    const [rows, columns, inner] = [19, 23, 31]
    const a = new Float32Array(rows * inner).fill(1)
    const b = new Float32Array(inner * columns).fill(1)
    a[(rows - 1) * inner] = NaN
    b[columns - 1] = Infinity
    const c = new Float32Array(rows * columns)
    runPlan(planMatmul(product('nn', rows, columns, inner)), [a, b], [c])
    c.forEach((value, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns]
      expect(value).toBe(i === rows - 1 ? NaN : j === columns - 1 ? Infinity : inner)
    })
  })

  it('compiles nothing for other sizes, strides or batches', () => {
    runPlan(planMatmul(product('nn', 8, 8, 8)), [new Float32Array(64), new Float32Array(64)], [new Float32Array(64)])
    const compiled = compiledModules()
    for (const form of forms) checkProduct(form, 1, 70, 20)
    for (const form of forms) checkProduct(form, 140, 90, 300)
    expect(compiledModules()).toBe(compiled)
  })

  it('refuses bool operands', () => {
    expect(() => planMatmul(product('nn', 2, 2, 2, 'bool'))).toThrow(/matmul: got bool/)
  })
})
