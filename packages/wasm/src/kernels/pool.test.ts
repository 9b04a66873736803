import { type DType, isFloating, type PoolKernel, type TypedArray } from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { referenceRun } from '../testing/reference-run.js'
import { compiledModules, featureSets, runPlan } from '../testing/run-plan.js'
import { sampleArray } from '../testing/samples.js'
import { planPool } from './pool.js'

type Operation = PoolKernel['structure']['operation']
const operations: readonly Operation[] = ['max', 'maxGradient', 'maxTake', 'average', 'averageGradient']

interface Axis {
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  readonly dilation: number
  readonly more: number
}

const axis: fc.Arbitrary<Axis> = fc
  .record({
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 4 }),
    padding: fc.integer({ min: 0, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    more: fc.integer({ min: 0, max: 30 }),
  })
  .map((drawn) => ({ ...drawn, padding: Math.min(drawn.padding, Math.floor(drawn.kernel / 2)) }))

const make = (
  operation: Operation,
  dtype: DType,
  planes: number,
  axes: readonly [Axis, Axis],
  countIncludePad: boolean,
  offset = 0,
): PoolKernel => {
  const pair = (of: (along: Axis) => number): readonly [number, number] => [of(axes[0]), of(axes[1])]
  const span = ({ kernel, dilation }: Axis): number => dilation * (kernel - 1) + 1
  const input = pair((along) => Math.max(1, span(along) - 2 * along.padding) + along.more)
  const output = axes.map(
    (along, at) => Math.floor(((input[at] ?? 0) + 2 * along.padding - span(along)) / along.stride) + 1,
  )
  return {
    kind: 'pool',
    structure: { operation, dtype },
    planes,
    window: {
      input,
      kernel: pair((along) => along.kernel),
      output: [output[0] ?? 0, output[1] ?? 0],
      stride: pair((along) => along.stride),
      padding: pair((along) => along.padding),
      dilation: pair((along) => along.dilation),
    },
    countIncludePad,
    offsets: { inputs: [offset, 2 * offset], outputs: [3 * offset, offset] },
  }
}

const sizesOf = ({ planes, window }: PoolKernel): { readonly inputs: number; readonly outputs: number } => ({
  inputs: planes * window.input[0] * window.input[1],
  outputs: planes * window.output[0] * window.output[1],
})

/** Operands of a kernel: special values and ties occur; choices come from pooling itself. */
const operandsOf = (kernel: PoolKernel): { readonly inputs: TypedArray[]; readonly outputs: TypedArray[] } => {
  const { operation, dtype } = kernel.structure
  const { inputs, outputs } = sizesOf(kernel)
  const [first = 0, second = 0] = kernel.offsets.inputs
  const [result = 0, choices = 0] = kernel.offsets.outputs
  const coarse = (array: TypedArray): TypedArray => (
    array.forEach((value, at) => (array[at] = Math.round(value))),
    array
  )
  const values = (count: number, seed: number): TypedArray =>
    coarse(sampleArray(dtype, count, { seed, specialEvery: 17 }))
  const finite = (count: number, seed: number): TypedArray => sampleArray(dtype, count, { seed })
  const chosen = (): TypedArray => {
    const max: PoolKernel = {
      ...kernel,
      structure: { operation: 'max', dtype },
      offsets: { inputs: [0], outputs: [0, second] },
    }
    const empty = [finite(outputs, 8), new Int32Array(outputs + second)]
    return referenceRun(max, [values(inputs, 1)], empty)[1] ?? new Int32Array(outputs)
  }
  switch (operation) {
    case 'max':
      return {
        inputs: [values(inputs + first, 1)],
        outputs: [finite(outputs + result, 2), new Int32Array(outputs + choices)],
      }
    case 'maxGradient':
      return { inputs: [finite(outputs + first, 3), chosen()], outputs: [finite(inputs + result, 4)] }
    case 'maxTake':
      return { inputs: [values(inputs + first, 1), chosen()], outputs: [finite(outputs + result, 4)] }
    case 'average':
      return { inputs: [finite(inputs + first, 1)], outputs: [finite(outputs + result, 2)] }
    case 'averageGradient':
      return { inputs: [finite(outputs + first, 1)], outputs: [finite(inputs + result, 2)] }
  }
}

/**
 * Both devices sum in float64, so all but gradients of averages are the same to the bit. Those add up to 16 shares of at most
 * 4 in another order: the sums differ by roundings of float64, which may tip the rounding to float32 by one unit.
 */
const tolerances: Partial<Record<DType, number>> = { float32: 64 * 2 ** -23, float64: 16 * 64 * 2 ** -53 }

const expectSame = (actual: TypedArray, expected: TypedArray | undefined, { structure }: PoolKernel): void => {
  if (structure.operation !== 'averageGradient') {
    expect(actual).toEqual(expected)
    return
  }
  const tolerance = tolerances[structure.dtype] ?? 0
  actual.forEach((value, at) => {
    expect(Math.abs(value - (expected?.[at] ?? NaN))).toBeLessThanOrEqual(tolerance)
  })
}

const check = (kernel: PoolKernel, features = featureSets['simd']): void => {
  const { inputs, outputs } = operandsOf(kernel)
  const expected = referenceRun(kernel, inputs, outputs)
  const actual = outputs.map((output) => output.slice())
  runPlan(planPool(kernel), inputs, actual, features === undefined ? {} : { features })
  actual.forEach((array, at) => {
    expectSame(array, expected[at], kernel)
  })
}

const halving: Axis = { kernel: 2, stride: 2, padding: 0, dilation: 1, more: 26 }

describe.each(operations)('planPool, %s', (operation) => {
  const dtypes = (['float32', 'float64', 'int32'] as const).filter(
    (dtype) => isFloating(dtype) || operation.startsWith('max'),
  )

  it.each(dtypes)('agrees with the reference device (%s)', (dtype) => {
    fc.assert(
      fc.property(
        axis,
        axis,
        fc.integer({ min: 0, max: 3 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 5 }),
        (...drawn) => {
          const [down, across, planes, countIncludePad, offset] = drawn
          check(make(operation, dtype, planes, [down, across], countIncludePad, offset))
        },
      ),
      { numRuns: 150, seed: 3 },
    )
  })

  it('halves planes', () => {
    check(make(operation, 'float32', 7, [halving, halving], true))
  })

  it.each(['simd', 'numbers'])('works with the features of any engine (%s)', (name) => {
    const uneven: Axis = { kernel: 3, stride: 2, padding: 1, dilation: 1, more: 18 }
    for (const dtype of dtypes) check(make(operation, dtype, 3, [uneven, uneven], false), featureSets[name])
  })

  it('compiles nothing for other sizes', () => {
    check(make(operation, 'float32', 2, [halving, halving], true))
    const compiled = compiledModules()
    check(make(operation, 'float32', 3, [halving, { ...halving, more: 7 }], false))
    expect(compiledModules()).toBe(compiled)
  })
})
