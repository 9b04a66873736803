import type { CopyKernel } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { contents, expectLikeReference, floats, sampleNumbers, unset } from '../testing/both-devices.js'
import { wgslOf } from '../wgsl-of.js'

describe('copy', () => {
  it('concatenates bool pieces that share words', async () => {
    const bools = (length: number, seed: number) =>
      contents(
        'bool',
        sampleNumbers(length, seed).map((value) => Number(value > 0)),
      )
    const pieces = [5, 6, 4, 9].map((length, input, all) => ({
      input,
      shape: [length],
      source: { strides: [1], offset: 0 },
      target: { strides: [1], offset: all.slice(0, input).reduce((sum, before) => sum + before, 0) },
    }))
    const kernel: CopyKernel = { kind: 'copy', structure: { dtype: 'bool', accumulate: false }, pieces }
    const inputs = [bools(5, 0), bools(6, 1), bools(4, 2), bools(9, 3)]
    await expectLikeReference(kernel, { inputs, outputs: [unset('bool', 26)] })
  })

  it('pads: a fill, then a piece with gaps', async () => {
    const kernel: CopyKernel = {
      kind: 'copy',
      structure: { dtype: 'float32', accumulate: false },
      fill: { value: -Infinity, size: 60, offset: 3 },
      pieces: [
        {
          input: 0,
          shape: [4, 5],
          source: { strides: [1, 4], offset: 0 },
          target: { strides: [14, 2], offset: 5 },
        },
      ],
    }
    await expectLikeReference(kernel, { inputs: [floats(20)], outputs: [unset('float32', 70)] })
  })

  it('accumulates overlapping pieces in order', async () => {
    const piece = (input: number, offset: number) => ({
      input,
      shape: [8],
      source: { strides: [1], offset: 0 },
      target: { strides: [1], offset },
    })
    const kernel: CopyKernel = {
      kind: 'copy',
      structure: { dtype: 'float32', accumulate: true },
      fill: { value: 0.5, size: 12, offset: 0 },
      pieces: [piece(0, 0), piece(1, 2), piece(0, 4)],
    }
    await expectLikeReference(kernel, { inputs: [floats(8), floats(8, 3)], outputs: [unset('float32', 12)] })
  })

  it('uses one shader for every value of a fill', () => {
    const fill = (value: number): CopyKernel => ({
      kind: 'copy',
      structure: { dtype: 'float32', accumulate: false },
      fill: { value, size: 8, offset: 0 },
      pieces: [],
    })
    expect(wgslOf(fill(1))[0]?.wgsl).toBe(wgslOf(fill(NaN))[0]?.wgsl)
  })
})
