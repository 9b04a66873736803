import { grad } from '@chainrule/autograd'
import { randn, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { describeSteps, keepsBitsOfSteps, lowerFunction } from '../lowered.fixture.js'
import { earlyFactors } from './early-factors.js'

const many = 64
const operands = [randn([4, 4]), randn([4, 4])] as const

/** The value of a product, something elementwise and another product, and its slope. */
const network =
  (activation: (z: Tensor) => Tensor) =>
  (x: Tensor, w: Tensor): Tensor =>
    grad((a: Tensor) => activation(a.matmul(w)).matmul(a).sum())(x)

const rewritten = (
  run: (x: Tensor, w: Tensor) => Tensor | readonly Tensor[],
  maxOperands = many,
): readonly string[] => {
  const { steps, wanted, evaluate } = lowerFunction(run, ...operands)
  const after = earlyFactors(steps, wanted, maxOperands)
  expect(evaluate(after)).toEqual(evaluate(steps))
  return describeSteps(after).filter((line) => /elu|silu/.test(line))
}

describe('earlyFactors', () => {
  it('computes a derivative where its function is computed, and multiplies later', () => {
    expect(rewritten(network((z) => z.gelu()))).toEqual(['map gelu (0) → 1, 2', 'map geluGradient (2, 4) → 6'])
    expect(rewritten(network((z) => z.silu()))).toEqual(['map silu (0) → 1, 2', 'map siluGradient (2, 4) → 6'])
  })

  it('leaves a derivative where the value would be kept all the same', () => {
    // The square needs the value in the backward pass, too.
    expect(rewritten(network((z) => z.gelu().add(z.square())))).toEqual([
      'map gelu (0) → 1',
      'map geluGradient (5, 0) → 8',
    ])
    // An argument is there anyway: a factor would be one more block.
    expect(rewritten((x) => grad((a: Tensor) => a.gelu().sum())(x).add(x.gelu()))).toEqual([
      'map geluGradient (0, a) → 1',
      'map gelu (a) → 2',
    ])
  })

  it('leaves derivatives that share nothing costly with their function', () => {
    expect(rewritten(network((z) => z.relu()))).toEqual(['map relu (0) → 1', 'map reluGradient (3, 1) → 5'])
  })

  it('respects how many operands a kernel may have', () => {
    const gelu = network((z) => z.gelu())
    expect(rewritten(gelu, 2)).toEqual(['map gelu (0) → 1', 'map geluGradient (3, 0) → 5'])
    expect(rewritten(gelu, 3)[0]).toBe('map gelu (0) → 1, 2')
  })

  it('keeps the bits of random graphs', () => {
    keepsBitsOfSteps(({ steps, wanted }) => earlyFactors(steps, wanted, many))
  })
})
