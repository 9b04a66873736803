import type { RandomKernel } from '@chainrule/tensor'
import { describe, expect, it, vi } from 'vitest'
import { expectSame } from '../testing/expect-same.js'
import { referenceRun } from '../testing/reference-run.js'
import { featureSets, runPlan } from '../testing/run-plan.js'
import { sampleArray } from '../testing/samples.js'
import { planRandom } from './random.js'

// Hundreds of shapes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const kernelOf = (structure: RandomKernel['structure'], size: number, offset = 0): RandomKernel => ({
  kind: 'random',
  structure,
  size,
  offset,
})

/** Keys and counters with bits in their high words, and a counter whose low word overflows. */
const cellLists = [
  [0, 0, -5, 7],
  [2 ** 40 + 12345, 2 ** 32 - 3, 0, 1],
  [2 ** 53 - 1, 2 ** 50 + 17, -(2 ** 31), 2 ** 31 - 1],
] as const

describe.each(Object.entries(featureSets))('random on an engine with %s', (_, features) => {
  it.each([
    ['bits', 'int32'],
    ['integers', 'int32'],
    ['uniform', 'float32'],
    ['uniform', 'float64'],
  ] as const)('gives the same %s of %s as the reference device, whatever the size', (distribution, dtype) => {
    for (const cells of cellLists) {
      for (const [size, offset] of [
        [0, 1],
        [1, 0],
        [2, 3],
        [5, 1],
        [1023, 0],
        [20000, 2],
      ] as const) {
        const kernel = kernelOf({ distribution, dtype }, size, offset)
        const output = sampleArray(dtype, size + offset + 1)
        const expected = referenceRun(kernel, [], [output], cells.slice(0, planRandom(kernel).cellCount))
        runPlan(planRandom(kernel), [], [output], { cells, features })
        expectSame([output], expected)
      }
    }
  })

  it.each([
    // Radius and wave err by 2 ulp each, radii are below 6 and 9.
    ['float32', 5e-6],
    ['float64', 1e-14],
  ] as const)('gives the normals of %s up to rounding', (dtype, tolerance) => {
    for (const cells of cellLists) {
      for (const size of [1, 2, 3, 7, 9000]) {
        const kernel = kernelOf({ distribution: 'normal', dtype }, size)
        const output = sampleArray(dtype, size)
        const [expected] = referenceRun(kernel, [], [output], cells.slice(0, 2))
        runPlan(planRandom(kernel), [], [output], { cells, features })
        output.forEach((value, at) => {
          const wanted = expected?.[at] ?? NaN
          if (!(Math.abs(value - wanted) <= tolerance)) expect({ at, value }).toEqual({ at, value: wanted })
        })
      }
    }
  })
})

describe('random', () => {
  it('gives the same numbers for any order of chunks, and for every kind of engine', () => {
    const kernel = kernelOf({ distribution: 'uniform', dtype: 'float32' }, 50001)
    expect(planRandom(kernel).phases[0]).toBeGreaterThan(4)
    const outputs = Object.values(featureSets).flatMap((features) =>
      [false, true].map((isBackwards) => {
        const output = new Float32Array(50001)
        runPlan(planRandom(kernel), [], [output], {
          cells: [7, 11],
          features,
          order: (chunks) => {
            const ranges = Array.from({ length: chunks }, (_, at) => [at, at + 1] as const)
            return isBackwards ? ranges.reverse() : ranges
          },
        })
        return output
      }),
    )
    for (const output of outputs) expectSame([output], [outputs[0] ?? output])
  })
})
