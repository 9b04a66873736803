import { ones, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { describeSteps, keepsBitsOfSteps, kernelOf, lowerFunction } from '../lowered.fixture.js'
import { fuse } from './fuse.js'
import { group } from './group.js'

const many = 64

describe('group', () => {
  it('launches maps of one formula over values of several shapes together', () => {
    const update = (...values: Tensor[]): readonly Tensor[] => values.map((value) => value.mul(0.9).tanh())
    const { steps, wanted, evaluate } = lowerFunction(update, ones([2]), ones([3, 4]), ones([5]))
    const fused = fuse(steps, wanted, many)
    expect(fused).toHaveLength(3)
    const after = group(fused, wanted, many)
    expect(describeSteps(after)).toEqual(['map mul·tanh (a, b, c) → 0, 1, 2'])
    expect(kernelOf(after[0], 'map').spaces.map(({ shape }) => shape.join())).toEqual(['2', '3,4', '5'])
    expect(evaluate(after)).toEqual(evaluate(steps))
  })

  it('launches the norms of all values together, as a global norm needs them', () => {
    const norm = (...values: Tensor[]): Tensor =>
      values.map((value) => value.square().sum()).reduce((sum, each) => sum.add(each))
    const { steps, wanted } = lowerFunction(norm, ones([2]), ones([3, 4]), ones([5]))
    const after = group(fuse(steps, wanted, many), wanted, many)
    expect(kernelOf(after[0], 'row').spaces).toHaveLength(3)
  })

  it('tells formulas, dtypes and numbers apart', () => {
    const { steps, wanted } = lowerFunction(
      (x, y) => [x.mul(2), y.mul(3), x.exp(), y.to('float64').exp()],
      ones([2]),
      ones([3]),
    )
    const after = group(fuse(steps, wanted, many), wanted, many)
    expect(after.every(({ kernel }) => (kernel.kind === 'map' ? kernel.spaces.length : 1) === 1)).toBe(true)
  })

  it('splits a group that has more operands than a kernel may have', () => {
    const values = Array.from({ length: 10 }, (_, size) => ones([size + 1]))
    const { steps, wanted } = lowerFunction((...all) => all.map((value) => value.exp()), ...values)
    const after = group(steps, wanted, 8)
    expect(after.map(({ inputs, outputs }) => inputs.length + outputs.length)).toEqual([8, 8, 4])
  })

  it('runs nothing before what it depends on', () => {
    const chain = (x: Tensor, y: Tensor): readonly Tensor[] => {
      const first = x.exp()
      return [first, y.matmul(first).exp(), y.exp()]
    }
    const { steps, wanted } = lowerFunction(chain, ones([2, 2]), ones([2, 2]))
    const after = group(steps, wanted, many)
    const done = new Set<unknown>()
    for (const { inputs, outputs } of after) {
      for (const block of inputs) expect(block.source !== undefined || done.has(block)).toBe(true)
      outputs.forEach((block) => done.add(block))
    }
  })

  it.each([6, many])('keeps the bits of random graphs with at most %i operands', (maxOperands) => {
    keepsBitsOfSteps(({ steps, wanted }) => group(fuse(steps, wanted, maxOperands), wanted, maxOperands))
  })
})
