import { grad, jvp } from '@chainrule/autograd'
import { compile } from '@chainrule/compiler'
import { ones, tensor, type Tensor, zeros } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { crossEntropy, mseLoss, nllLoss } from './index.js'

const ignored = tensor([-100, -100], { dtype: 'int32' })
const noTarget = tensor([], { dtype: 'int32' })
const weight = tensor([1, 2, 3])
const logits = tensor([
  [1, 2, 3],
  [-1, 0, 1],
])

const means: readonly (readonly [name: string, loss: (input: Tensor) => Tensor, at: Tensor])[] = [
  ['crossEntropy', (input) => crossEntropy(input, ignored), logits],
  ['crossEntropy, weighted', (input) => crossEntropy(input, ignored, { weight }), logits],
  ['crossEntropy, smoothed', (input) => crossEntropy(input, ignored, { labelSmoothing: 0.1 }), logits],
  ['crossEntropy of no rows', (input) => crossEntropy(input, noTarget), zeros([0, 3])],
  [
    'crossEntropy of no rows, smoothed',
    (input) => crossEntropy(input, noTarget, { labelSmoothing: 0.1 }),
    zeros([0, 3]),
  ],
  ['crossEntropy of no rows of probabilities', (input) => crossEntropy(input, zeros([0, 3])), zeros([0, 3])],
  ['nllLoss', (input) => nllLoss(input, ignored), logits],
  ['nllLoss, weighted', (input) => nllLoss(input, ignored, { weight }), logits],
  ['mseLoss of nothing', (input) => mseLoss(input, zeros([0])), zeros([0])],
]

/** Whether all of them are 0, of either sign. */
const areZero = (slopes: Tensor): boolean => slopes.dataSync().every((slope) => slope === 0)

describe('the mean over nothing that counts is NaN and has no slope, as in PyTorch', () => {
  it.each(means)('%s', (_, loss, at) => {
    const directional = (input: Tensor) => jvp(loss, input, ones(input.shape))
    const { value, tangent } = directional(at)
    expect([...value.dataSync()]).toEqual([Number.NaN])
    expect(areZero(tangent)).toBe(true)
    expect(areZero(grad(loss)(at))).toBe(true)
    const compiled = compile((input: Tensor) => ({ tangent: directional(input).tangent, gradient: grad(loss)(input) }))
    // The second run is a replay.
    for (const found of [compiled(at), compiled(at)]) {
      expect([areZero(found.tangent), areZero(found.gradient)]).toEqual([true, true])
    }
  })
})
