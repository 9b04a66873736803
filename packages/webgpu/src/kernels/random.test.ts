import type { RandomKernel } from '@chainrule/tensor'
import { describe, it } from 'vitest'
import { expectLikeReference, unset } from '../testing/both-devices.js'

const cases: readonly (readonly [RandomKernel['structure']['distribution'], readonly number[], number])[] = [
  ['bits', [12345678901, 2 ** 40], 0],
  ['uniform', [7, 2 ** 32 - 3], 0],
  // The logarithm, root and circle of Box–Muller in float32, against float64.
  ['normal', [1, 0], 1e-6],
  ['integers', [5, 6, -10, 17], 0],
  ['integers', [5, 6, -(2 ** 31), 2 ** 31], 0],
]

describe('random', () => {
  it.each(cases)('draws the numbers of every device: %s with cells %j', async (distribution, cells, tolerance) => {
    const dtype = distribution === 'uniform' || distribution === 'normal' ? 'float32' : 'int32'
    for (const offset of [0, 3]) {
      const kernel: RandomKernel = { kind: 'random', structure: { distribution, dtype }, size: 1003, offset }
      await expectLikeReference(kernel, { inputs: [], outputs: [unset(dtype, 1010)], cells }, tolerance)
    }
  })
})
