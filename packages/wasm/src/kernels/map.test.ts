import {
  cellSlot,
  type DType,
  type Expression,
  input,
  type MapKernel,
  scalarOps,
  type TypedArray,
} from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { expectSame } from '../testing/expect-same.js'
import { dtypeLists, expressionsOf } from '../testing/expressions.js'
import { denseLayout, layoutsOf, shapes } from '../testing/layouts.js'
import { referenceRun } from '../testing/reference-run.js'
import { compiledModules, featureSets, runPlan, type RunPlanOptions } from '../testing/run-plan.js'
import { sampleArray } from '../testing/samples.js'
import { planMap } from './map.js'

// Hundreds of shapes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const blank = (dtype: DType, length: number): TypedArray => sampleArray(dtype, length, { seed: 99 })

const runMap = (
  kernel: MapKernel,
  inputs: readonly TypedArray[],
  outputs: readonly TypedArray[],
  options?: RunPlanOptions,
): void => {
  runPlan(planMap(kernel), inputs, outputs, options)
}

/** Kernels with one to two spaces, any layouts and expressions, together with arrays to run them on. */
const cases = fc.tuple(dtypeLists, fc.array(shapes, { minLength: 1, maxLength: 2 })).chain(([inputs, spaceShapes]) => {
  const rank = Math.min(...spaceShapes.map((shape) => shape.length))
  return fc
    .tuple(
      expressionsOf({ inputs, rank, cells: 2 }),
      fc.tuple(
        ...spaceShapes.map((shape) =>
          fc.tuple(
            fc.constant(shape),
            fc.tuple(...inputs.map(() => layoutsOf(shape, true))),
            fc.tuple(layoutsOf(shape, false), layoutsOf(shape, false), layoutsOf(shape, false)),
          ),
        ),
      ),
      fc.nat(1000),
    )
    .map(([outputs, spaces, seed]) => {
      const kernel: MapKernel = {
        kind: 'map',
        structure: { inputs, outputs },
        spaces: spaces.map(([shape, ins, outs]) => ({ shape, inputs: ins, outputs: outs.slice(0, outputs.length) })),
      }
      const arrays = (at: 'inputs' | 'outputs'): TypedArray[] =>
        spaces.flatMap(([, ins, outs], group) =>
          (at === 'inputs' ? ins : outs.slice(0, outputs.length)).map((layout, position) => {
            const dtype = at === 'inputs' ? inputs[position] : outputs[position]?.dtype
            return sampleArray(dtype ?? 'float32', layout.extent, {
              seed: seed + group * 10 + position,
              specialEvery: 7,
            })
          }),
        )
      return { kernel, inputs: arrays('inputs'), outputs: arrays('outputs') }
    })
})

describe.each(Object.entries(featureSets))('map on an engine with %s', (_, features) => {
  it('gives the same bits as the reference device, for any layout and dtypes', () => {
    const cells = [0.75, -2]
    fc.assert(
      fc.property(cases, ({ kernel, inputs, outputs }) => {
        const expected = referenceRun(kernel, inputs, outputs, cells)
        runMap(kernel, inputs, outputs, { cells, features })
        expectSame(outputs, expected)
      }),
      { numRuns: 150 },
    )
  })
})

describe('map', () => {
  const x = input(0, 'float32')
  const y = input(1, 'float32')
  const sum: MapKernel['structure'] = { inputs: ['float32', 'float32'], outputs: [scalarOps.add(x, y)] }

  it('writes in place where an input and the output are one storage', () => {
    const structure = { inputs: ['float32'], outputs: [scalarOps.mul(x, x), scalarOps.neg(x)] } as const
    const data = sampleArray('float32', 1003)
    const other = blank('float32', 1003)
    const layout = denseLayout([1003])
    const expected = [data.map((value) => value * value), data.map((value) => -value)]
    runMap(
      { kind: 'map', structure, spaces: [{ shape: [1003], inputs: [layout], outputs: [layout, layout] }] },
      [data],
      [data, other],
    )
    expectSame([data, other], expected)
  })

  it('does not depend on the order or the split of its chunks', () => {
    const shape = [5, 40000]
    const kernel: MapKernel = {
      kind: 'map',
      structure: { inputs: ['float32', 'float32'], outputs: [scalarOps.tanh(scalarOps.add(x, y))] },
      spaces: [{ shape, inputs: [denseLayout(shape), { strides: [0, 1], offset: 0 }], outputs: [denseLayout(shape)] }],
    }
    const inputs = [sampleArray('float32', 200000), sampleArray('float32', 40000, { seed: 1 })]
    const [whole, apart] = [blank('float32', 200000), blank('float32', 200000)]
    expect(planMap(kernel).phases[0]).toBeGreaterThan(8)
    runMap(kernel, inputs, [whole])
    runMap(kernel, inputs, [apart], {
      order: (chunks) => Array.from({ length: chunks }, (_, at) => [chunks - 1 - at, chunks - at]),
    })
    expectSame([apart], [whole])
  })

  it('compiles nothing new for another batch size, one included', () => {
    const structure = { ...sum }
    const run = (batch: number, columns: number): void => {
      const shape = [batch, columns]
      const bias = { strides: [0, 1], offset: 0 }
      const dense = denseLayout(shape)
      runMap(
        { kind: 'map', structure, spaces: [{ shape, inputs: [dense, bias], outputs: [dense] }] },
        [blank('float32', batch * columns), blank('float32', columns)],
        [blank('float32', batch * columns)],
      )
    }
    run(32, 10)
    const before = compiledModules()
    for (const batch of [1, 2, 31, 64, 1000]) run(batch, 10)
    expect(compiledModules()).toBe(before)
  })

  it('computes once what parts that cells give share', () => {
    // Sixty squares of a cell: twice as many paths with each, so that code that followed paths would never end.
    let power: Expression = cellSlot(0, 'int32')
    for (let step = 0; step < 60; step++) power = scalarOps.mul(power, power)
    const structure = { inputs: ['int32'], outputs: [scalarOps.add(input(0, 'int32'), power)] } as const
    const layout = denseLayout([5])
    const outputs = [blank('int32', 5)]
    runMap(
      { kind: 'map', structure, spaces: [{ shape: [5], inputs: [layout], outputs: [layout] }] },
      [new Int32Array([1, 2, 3, 4, 5])],
      outputs,
      { cells: [-1] },
    )
    expectSame(outputs, [new Int32Array([2, 3, 4, 5, 6])])
  })

  it('has no chunk for a space without elements', () => {
    const empty = denseLayout([3, 0])
    const kernel: MapKernel = {
      kind: 'map',
      structure: sum,
      spaces: [{ shape: [3, 0], inputs: [empty, empty], outputs: [empty] }],
    }
    expect(planMap(kernel).phases).toEqual([0])
  })
})
