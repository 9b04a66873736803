import {
  allocateArray,
  cellSlot,
  constant,
  type ConvolutionKernel,
  type ConvolutionStructure,
  type DType,
  type Expression,
  index,
  input,
  scalarOps,
  stage,
  type TypedArray,
} from '@chainrule/tensor'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { detectFeatures } from '../features.js'
import { denseLayout } from '../testing/layouts.js'
import { referenceRun } from '../testing/reference-run.js'
import { compiledModules, featureSets, runPlan, type RunPlanOptions } from '../testing/run-plan.js'
import { sampleArray } from '../testing/samples.js'
import { scriptLibrary } from '../testing/script-library.js'
import { forceTile } from './contraction/tile-choice.js'
import { tileVariants } from './contraction/tile-variants.js'
import { planConvolution } from './convolution.js'

type Direction = ConvolutionStructure['direction']
type Pair = readonly [number, number]
const directions: readonly Direction[] = ['forward', 'inputGradient', 'weightGradient']

interface Sizes {
  readonly batch?: number
  readonly inputs?: number
  readonly outputs?: number
  readonly groups?: number
  readonly input: Pair
  readonly kernel: Pair
  readonly stride?: Pair
  readonly padding?: Pair
  readonly dilation?: Pair
}

const structures = new Map<string, ConvolutionStructure>()
const structureOf = (direction: Direction, dtype: DType): ConvolutionStructure => {
  const key = `${direction} ${dtype}`
  const structure = structures.get(key) ?? { direction, dtype }
  structures.set(key, structure)
  return structure
}

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

const make = (sizes: Sizes, structure: ConvolutionStructure): ConvolutionKernel => {
  const { batch = 2, inputs = 3, outputs = 4, groups = 1, input: plane, kernel } = sizes
  const { stride = [1, 1], padding = [0, 0], dilation = [1, 1] } = sizes
  const along = (axis: 0 | 1): number =>
    Math.floor((plane[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1
  return {
    kind: 'convolution',
    structure,
    batch,
    inputChannels: inputs,
    outputChannels: outputs,
    groups,
    window: { input: plane, kernel, output: [along(0), along(1)], stride, padding, dilation },
    offsets: { inputs: [0, 0], output: 0 },
    epilogueInputs: [],
  }
}

/** Shapes of the input, the weights and the output. */
const shapesOf = ({ batch, inputChannels, outputChannels, groups, window }: ConvolutionKernel) => ({
  input: [batch, inputChannels, ...window.input],
  weight: [outputChannels, inputChannels / groups, ...window.kernel],
  output: [batch, outputChannels, ...window.output],
})

const operandShapes = (kernel: ConvolutionKernel): readonly (readonly number[])[] => {
  const { input: x, weight, output } = shapesOf(kernel)
  switch (kernel.structure.direction) {
    case 'forward':
      return [x, weight, output]
    case 'inputGradient':
      return [output, weight, x]
    case 'weightGradient':
      return [output, x, weight]
  }
}

/**
 * Both devices add the same products in different order: errors are below terms · 2^−24 · 16, for terms of numbers below 4;
 * 3000 terms at most occur here, of both signs.
 */
const tolerances: Partial<Record<DType, number>> = { float32: 4e-3, float64: 1e-10, int32: 0 }

const check = (kernel: ConvolutionKernel, options: RunPlanOptions = {}, extra: readonly TypedArray[] = []): void => {
  const { dtype, epilogue } = kernel.structure
  const [first = [], second = [], result = []] = operandShapes(kernel)
  const [firstOffset, secondOffset] = kernel.offsets.inputs
  const inputs = [
    sampleArray(dtype, product(first) + firstOffset, { seed: 1 }),
    sampleArray(dtype, product(second) + secondOffset, { seed: 2 }),
    ...extra,
  ]
  const output = sampleArray(epilogue?.expression.dtype ?? dtype, product(result) + kernel.offsets.output, { seed: 3 })
  const [expected = output] = referenceRun(kernel, inputs, [output], options.cells)
  // On the device's own kernels, and on a library that takes products of any size.
  for (const library of [undefined, scriptLibrary()]) {
    const plan = planConvolution(kernel, library)
    const actual = output.slice()
    runPlan(plan, inputs, [actual], options)
    for (let at = 0; at < expected.length; at++) {
      const difference = Math.abs((actual[at] ?? NaN) - (expected[at] ?? NaN))
      if (!(difference <= (tolerances[dtype] ?? 0))) {
        expect.fail(
          `${kernel.structure.direction} of ${JSON.stringify(kernel)}: element ${at} is ${actual[at]} instead of ${expected[at]}`,
        )
      }
    }
  }
}

/** Sizes that differ in what the code distinguishes. */
const table: Readonly<Record<string, Sizes>> = {
  'valid 3 × 3': { input: [7, 9], kernel: [3, 3] },
  'same 3 × 3': { input: [7, 9], kernel: [3, 3], padding: [1, 1] },
  'same 5 × 5': { input: [14, 14], kernel: [5, 5], padding: [2, 2], inputs: 5, outputs: 9 },
  '1 × 1': { input: [5, 6], kernel: [1, 1], inputs: 7, outputs: 5 },
  'stride 2': { input: [9, 12], kernel: [3, 3], stride: [2, 2], padding: [1, 1] },
  'stride 3 × 2 that leaves a rest': { input: [11, 14], kernel: [2, 3], stride: [3, 2] },
  'stride beyond the kernel': { input: [10, 10], kernel: [2, 1], stride: [3, 4] },
  'dilation 2': { input: [11, 13], kernel: [3, 3], dilation: [2, 2] },
  'dilation with stride and padding': {
    input: [12, 15],
    kernel: [3, 2],
    stride: [2, 3],
    padding: [3, 1],
    dilation: [2, 3],
  },
  'padding beyond the kernel': { input: [3, 4], kernel: [2, 2], padding: [3, 4] },
  'two groups': { input: [8, 8], kernel: [3, 3], padding: [1, 1], inputs: 6, outputs: 10, groups: 2 },
  'three groups with stride': { input: [9, 8], kernel: [3, 3], stride: [2, 2], inputs: 9, outputs: 12, groups: 3 },
  depthwise: { input: [9, 21], kernel: [3, 3], padding: [1, 1], inputs: 5, outputs: 5, groups: 5 },
  'depthwise with two outputs a channel and stride': {
    input: [9, 23],
    kernel: [3, 3],
    stride: [2, 2],
    padding: [1, 1],
    inputs: 4,
    outputs: 8,
    groups: 4,
  },
  'one output channel': { input: [6, 19], kernel: [3, 3], inputs: 4, outputs: 1 },
  'kernel as large as the input': { input: [6, 5], kernel: [6, 5], inputs: 3, outputs: 8 },
  'rows of one place': { input: [40, 3], kernel: [4, 3], inputs: 2, outputs: 3 },
  '1-D': { input: [1, 50], kernel: [1, 5], padding: [0, 2], inputs: 4, outputs: 6 },
  '1-D, long, strided': { input: [1, 4001], kernel: [1, 8], stride: [1, 3], padding: [0, 4], inputs: 2, outputs: 5 },
  '1-D, long': { batch: 1, input: [1, 2500], kernel: [1, 3], padding: [0, 1], inputs: 3, outputs: 4 },
  'deep enough for several blocks': {
    batch: 1,
    input: [6, 6],
    kernel: [3, 3],
    padding: [1, 1],
    inputs: 40,
    outputs: 33,
  },
  'rows of taps far apart': {
    input: [14, 15],
    kernel: [3, 2],
    padding: [3, 1],
    dilation: [2, 3],
    inputs: 13,
    outputs: 14,
  },
  'many channels, stride 2': {
    input: [11, 12],
    kernel: [4, 4],
    stride: [2, 2],
    padding: [1, 2],
    inputs: 14,
    outputs: 15,
  },
  'many channels, stride 2 across': { input: [9, 12], kernel: [3, 3], stride: [1, 2], inputs: 9, outputs: 10 },
  'many channels and places': { batch: 1, input: [40, 50], kernel: [3, 3], padding: [1, 1], inputs: 9, outputs: 8 },
  'many places': { batch: 1, input: [60, 70], kernel: [3, 3], padding: [1, 1], inputs: 2, outputs: 3 },
  'one sample, one channel, one place': { batch: 1, inputs: 1, outputs: 1, input: [1, 1], kernel: [1, 1] },
  'no sample': { batch: 0, input: [4, 4], kernel: [3, 3] },
}

afterEach(() => {
  forceTile(undefined)
})

describe.each(directions)('planConvolution, %s', (direction) => {
  it.each(Object.keys(table))('agrees with the reference device: %s', (name) => {
    const sizes = table[name] ?? { input: [1, 1], kernel: [1, 1] }
    for (const dtype of ['float32', 'float64', 'int32'] as const) check(make(sizes, structureOf(direction, dtype)))
  })

  it('agrees with the reference device for sizes of any kind', () => {
    const axis = fc.record({
      kernel: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 3 }),
      padding: fc.integer({ min: 0, max: 3 }),
      dilation: fc.integer({ min: 1, max: 3 }),
      more: fc.integer({ min: 0, max: 9 }),
    })
    const sizes = fc
      .tuple(axis, axis, fc.record({ batch: fc.integer({ min: 1, max: 3 }), groups: fc.integer({ min: 1, max: 3 }) }))
      .chain(([down, across, { batch, groups }]) =>
        fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 })).map(([inputs, outputs]): Sizes => ({
          batch,
          groups,
          inputs: inputs * groups,
          outputs: outputs * groups,
          // The smallest input that the kernel fits into, and some more.
          input: [down, across].map((a) => Math.max(1, a.dilation * (a.kernel - 1) + 1 - 2 * a.padding) + a.more) as [
            number,
            number,
          ],
          kernel: [down.kernel, across.kernel],
          stride: [down.stride, across.stride],
          padding: [down.padding, across.padding],
          dilation: [down.dilation, across.dilation],
        })),
      )
    fc.assert(
      fc.property(sizes, (drawn) => {
        check(make(drawn, structureOf(direction, 'float32')))
      }),
      { numRuns: 200, seed: 5 },
    )
  })

  it('finishes the sums with an expression', () => {
    const sum = stage(0, 'float32')
    const { add, cast, maximum, mul } = scalarOps
    const coordinate = (axis: number): Expression => cast(index(axis), 'float32')
    const kernels = [table['same 3 × 3'], table['stride 2'], table['two groups'], table['depthwise']]
    for (const sizes of kernels) {
      if (sizes === undefined) continue
      const plain = make(sizes, structureOf(direction, 'float32'))
      const shape = operandShapes(plain)[2] ?? []
      const dense = denseLayout(shape)
      const bias = { strides: shape.map((_, axis) => (axis === 1 ? 1 : 0)), offset: 0, extent: shape[1] ?? 0 }
      const expressions: readonly Expression[] = [
        maximum(add(sum, input(0, 'float32')), constant(0, 'float32')),
        add(mul(sum, cellSlot(0, 'float32')), add(input(0, 'float32'), input(1, 'float32'))),
        add(sum, add(mul(coordinate(0), constant(1000, 'float32')), mul(coordinate(1), constant(100, 'float32')))),
        add(sum, add(mul(coordinate(2), constant(10, 'float32')), coordinate(3))),
      ]
      for (const expression of expressions) {
        const structure: ConvolutionStructure = {
          direction,
          dtype: 'float32',
          epilogue: { inputs: ['float32', 'float32'], expression },
        }
        const extra = [bias, dense].map(({ extent }, seed) => sampleArray('float32', extent, { seed: 7 + seed }))
        check({ ...plain, structure, epilogueInputs: [bias, dense] }, { cells: [0.25] }, extra)
      }
    }
  })

  it('begins operands where it is told', () => {
    const kernel = make({ input: [6, 7], kernel: [3, 3], padding: [1, 1] }, structureOf(direction, 'float32'))
    check({ ...kernel, offsets: { inputs: [3, 5], output: 7 } })
  })

  it.for(Object.keys(featureSets))('works with the features of any engine (%s)', (name, context) => {
    if (name === 'relaxed' && !detectFeatures().relaxedSimd) context.skip('this engine has no relaxed SIMD')
    const features = featureSets[name]
    for (const sizes of [table['stride 2'], table['depthwise'], table['two groups']]) {
      for (const dtype of ['float32', 'float64', 'int32'] as const) {
        if (sizes !== undefined && features !== undefined)
          check(make(sizes, structureOf(direction, dtype)), { features })
      }
    }
  })

  it('gives the same bits with every register tile and any order of chunks', () => {
    const kernel = make(
      { batch: 5, input: [13, 14], kernel: [3, 3], padding: [1, 1], inputs: 33, outputs: 18 },
      structureOf(direction, 'float32'),
    )
    const [first = [], second = [], result = []] = operandShapes(kernel)
    const inputs = [
      sampleArray('float32', product(first), { seed: 1 }),
      sampleArray('float32', product(second), { seed: 2 }),
    ]
    const results = tileVariants.map((_, variant) => {
      forceTile(variant)
      const output = allocateArray('float32', product(result))
      const backwards = (chunks: number): [number, number][] =>
        Array.from({ length: chunks }, (__, at) => [chunks - 1 - at, chunks - at])
      runPlan(planConvolution(kernel), inputs, [output], variant === 0 ? {} : { order: backwards })
      return output
    })
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
  })

  it('compiles nothing for other sizes', () => {
    check(make({ input: [5, 5], kernel: [2, 2] }, structureOf(direction, 'float32')))
    const compiled = compiledModules()
    for (const sizes of Object.values(table)) check(make(sizes, structureOf(direction, 'float32')))
    expect(compiledModules()).toBe(compiled)
  })
})
