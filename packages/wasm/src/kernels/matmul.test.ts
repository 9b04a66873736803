import {
  type Access,
  allocateArray,
  type DType,
  type MatmulKernel,
  scalarOps,
  stage,
  input,
  cellSlot,
  index,
  constant,
} from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layoutsOf } from '../testing/layouts.js'
import { referenceRun } from '../testing/reference-run.js'
import { compiledModules, featureSets, runPlan } from '../testing/run-plan.js'
import { sampleArray } from '../testing/samples.js'
import { chooseTile, chosenTile } from './contraction/tile-choice.js'
import { tileVariants } from './contraction/tile-variants.js'
import { planMatmul } from './matmul.js'

type Form = 'nn' | 'nt' | 'tn' | 'tt'
const forms: readonly Form[] = ['nn', 'nt', 'tn', 'tt']

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

const structures: Partial<Record<DType, MatmulKernel['structure']>> = {
  float32: { dtype: 'float32' },
  float64: { dtype: 'float64' },
  int32: { dtype: 'int32' },
}

const at = (form: Form, side: 0 | 1, i: number, j: number, rows: number, columns: number): number =>
  (side === 0 ? form.startsWith('t') : form.endsWith('t')) ? j * rows + i : i * columns + j

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
        const term = (a[at(form, 0, i, k, rows, inner)] ?? 0) * (b[at(form, 1, k, j, inner, columns)] ?? 0)
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

describe('planMatmul', () => {
  it.each(forms)('multiplies every size from 0 to 33 (%s)', (form) => {
    for (let rows = 0; rows <= 33; rows++) {
      for (let columns = 0; columns <= 33; columns++) {
        // Every (rows, columns) with every remainder of the depth, and every depth with every third of both.
        const step = rows % 3 === 0 && columns % 3 === 0 ? 1 : 8
        for (let inner = (rows + columns) % step; inner <= 33; inner += step) checkProduct(form, rows, columns, inner)
      }
    }
  })
})

void [
  layoutsOf,
  fc,
  referenceRun,
  compiledModules,
  featureSets,
  chooseTile,
  chosenTile,
  tileVariants,
  scalarOps,
  stage,
  input,
  cellSlot,
  index,
  constant,
  allocateArray,
]
export type { Access }
