import type { ScatterAddKernel } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { expectLikeReference, floats, places, runOn, unset, webgpu } from '../testing/both-devices.js'

/** Sums of some sixty numbers in float32, against float64. */
const summation = 1e-5

const sizes = [
  { outer: 2, axis: 6, count: 30, inner: 4 },
  { outer: 3, axis: 50, count: 100, inner: 3 },
  { outer: 1, axis: 5, count: 300, inner: 8 },
]

const cases = (['take', 'along'] as const).flatMap((mode) =>
  [false, true].flatMap((hasBase) => sizes.map((size) => ({ mode, hasBase, ...size }))),
)

const kernelOf = ({ mode, hasBase, ...size }: (typeof cases)[number]): ScatterAddKernel => ({
  kind: 'scatterAdd',
  structure: { mode, dtype: 'float32', hasBase },
  ...size,
  offsets: { source: 0, index: 0, base: 0, output: 0 },
})

const operandsOf = ({ mode, hasBase, outer, axis, count, inner }: (typeof cases)[number]) => {
  const indices = mode === 'take' ? count : outer * count * inner
  const target = outer * axis * inner
  return {
    inputs: [floats(outer * count * inner), places(indices, axis), ...(hasBase ? [floats(target, 3)] : [])],
    outputs: [unset('float32', target)],
  }
}

describe('scatter-add', () => {
  it.each(cases)('adds $count elements, $mode, into $axis places, base: $hasBase', async (given) => {
    await expectLikeReference(kernelOf(given), operandsOf(given), summation)
  })

  it('gives the same bits each time', async () => {
    const given = { mode: 'take', hasBase: false, outer: 1, axis: 5, count: 300, inner: 8 } as const
    const first = await runOn(webgpu, kernelOf(given), operandsOf(given))
    expect(await runOn(webgpu, kernelOf(given), operandsOf(given))).toEqual(first)
  })
})
