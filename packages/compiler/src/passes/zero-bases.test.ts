import { grad } from '@chainrule/autograd'
import { embedding, ones, scatterAdd, tensor, type Tensor, zeros } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { describeSteps, keepsBitsOfSteps, kernelOf, lowerFunction } from '../lowered.fixture.js'
import { zeroBases } from './zero-bases.js'

const rows = tensor([0, 2, 0], { dtype: 'int32' })
const places = tensor([[0, 2, 0]], { dtype: 'int32' })

describe('zeroBases', () => {
  it('lets the gradient of an embedding start from nothing, and drops the zeros', () => {
    const { steps, wanted, slots, evaluate } = lowerFunction(
      (weight) => grad((w: Tensor) => embedding(rows, w).sum())(weight),
      ones([3, 2]),
    )
    const after = zeroBases(steps, slots, wanted)
    const scatter = after.find(({ kernel }) => kernel.kind === 'scatterAdd')
    expect(kernelOf(scatter, 'scatterAdd').structure.hasBase).toBe(false)
    expect(scatter?.inputs).toHaveLength(2)
    expect(after).toHaveLength(steps.length - 1)
    expect(evaluate(after)).toEqual(evaluate(steps))
  })

  it('keeps zeros that somebody else reads or wants, and bases that are not zero', () => {
    const read = lowerFunction(
      (x) => {
        const base = zeros([1, 3])
        return [scatterAdd(base, 1, places, x), base.add(x)]
      },
      ones([1, 3]),
    )
    const lines = describeSteps(zeroBases(read.steps, read.slots, read.wanted))
    expect(lines).toHaveLength(read.steps.length)
    const other = lowerFunction((x) => scatterAdd(ones([1, 3]), 1, places, x), ones([1, 3]))
    expect(zeroBases(other.steps, other.slots, other.wanted)).toEqual(other.steps)
  })

  it('keeps the bits of random graphs', () => {
    keepsBitsOfSteps(({ steps, wanted, slots }) => zeroBases(steps, slots, wanted))
  })
})
