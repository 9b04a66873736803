import { cell, full, ones, rand, type Tensor, tril, where, zeros } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { describeSteps, keepsBitsOfSteps, lowerFunction } from '../lowered.fixture.js'
import { foldConstants } from './fold-constants.js'

const folded = (run: (x: Tensor) => Tensor | readonly Tensor[], x: Tensor = ones([3, 3])) => {
  const { steps, wanted, slots } = lowerFunction(run, x)
  const { once, rest } = foldConstants(steps, wanted, slots)
  return { steps, once: describeSteps(once), rest: describeSteps(rest) }
}

describe('foldConstants', () => {
  it('computes a mask once, and what depends on arguments at every replay', () => {
    const table = full([3, 3], 2)
    const { steps, once, rest } = folded((x) =>
      where(
        tril(ones([3, 3]))
          .mul(table)
          .greater(0),
        x,
        -1,
      ),
    )
    expect(once.length).toBeGreaterThan(2)
    expect(rest).toHaveLength(1)
    expect(once.length + rest.length).toBe(steps.length)
  })

  it('leaves live cells, random numbers and results to the replays', () => {
    const rate = cell(2)
    expect(folded((x) => x.mul(zeros([3, 3]).add(rate))).once).toHaveLength(1)
    expect(folded((x) => x.mul(rand([3, 3]))).once).toEqual([])
    expect(folded((x) => [x, full([3], 1)]).once).toEqual([])
  })

  it('leaves large results where a plan can reuse their memory', () => {
    expect(folded((x) => x.add(full([1 << 21], 1).sum())).once).toEqual([])
  })

  it('keeps the bits of random graphs', () => {
    keepsBitsOfSteps(({ steps, wanted, slots }) => {
      const { once, rest } = foldConstants(steps, wanted, slots)
      return [...once, ...rest]
    })
  })
})
