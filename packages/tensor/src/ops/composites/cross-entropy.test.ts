import { valueAndGrad } from '@chainrule/autograd'
import { describe, expect, it } from 'vitest'
import { broadcastTo, keptMean, softmaxCrossEntropy, sum, tensor, type Tensor, unsqueeze } from '../../index.js'
import { expectMeaning, real } from './composite.fixture.js'
import { crossEntropyComposite, crossEntropyGradientComposite } from './cross-entropy.js'
import { keptMeanComposite, keptMeanGradientComposite } from './kept-mean.js'

const classes = (numbers: readonly number[], shape: readonly number[] = [numbers.length]): Tensor =>
  tensor(numbers, { dtype: 'int32', shape })

const along = (target: Tensor, shape: readonly number[], axis: number): Tensor =>
  broadcastTo(unsqueeze(target, axis), shape)

describe('the cross-entropy of logits', () => {
  it.each([
    ['classes along the last axis', [4, 3], 1, classes([2, 0, 1, 1])],
    ['an ignored row', [4, 3], 1, classes([2, -100, 1, 0])],
    ['images', [2, 3, 2, 2], 1, classes([0, 1, 2, 0, -100, 2, 1, 1], [2, 2, 2])],
    ['one row', [5], 0, classes([4], [])],
  ])('has a lowering and derivatives that agree with its meaning: %s', (_, shape, axis, target) => {
    const options = { axis, ignoreIndex: -100 }
    expectMeaning(crossEntropyComposite, [real(shape), along(target, shape, axis)], options)
    expectMeaning(crossEntropyGradientComposite, [real(shape), along(target, shape, axis), real(shape, 9)], options)
  })

  it.each([3, -1])('is NaN in value and gradient where the target is %i, which is no class', (wrong) => {
    const { value, grad } = valueAndGrad((x: Tensor) => sum(softmaxCrossEntropy(x, classes([wrong, 1]))))(real([2, 3]))
    expect(value.dataSync()[0]).toBeNaN()
    expect([...grad.dataSync()].map(Number.isNaN)).toEqual([true, true, true, false, false, false])
    expect(softmaxCrossEntropy(real([2, 3]), classes([wrong, 1])).dataSync()[1]).toBeGreaterThan(0)
  })

  it('stays finite where the exponentials overflow', () => {
    const far = tensor([[1e4, 0, -1e4]])
    expect([...softmaxCrossEntropy(far, classes([1])).dataSync()]).toEqual([1e4])
    expect([...softmaxCrossEntropy(far, classes([0])).dataSync()]).toEqual([0])
  })

  it('costs infinitely much where the class was masked out', () => {
    const masked = tensor([[0, Number.NEGATIVE_INFINITY]])
    expect([...softmaxCrossEntropy(masked, classes([1])).dataSync()]).toEqual([Infinity])
    expect([...softmaxCrossEntropy(masked, classes([0])).dataSync()]).toEqual([0])
  })

  it('refuses targets of another shape or dtype', () => {
    expect(() => softmaxCrossEntropy(real([2, 3]), classes([1, 2, 0]))).toThrow(/expected targets of \[2\]/)
    expect(() => softmaxCrossEntropy(real([2, 3]), tensor([1, 2]))).toThrow(/expected a floating dtype and int32/)
  })
})

describe('the mean of what counts', () => {
  it.each([
    ['all count', classes([0, 1, 2])],
    ['some count', classes([0, -100, 2])],
    ['none counts', classes([-100, -100, -100])],
    ['a table', classes([1, -100, 0, 1, 1, -100], [2, 3])],
  ])('has a lowering and derivatives that agree with its meaning: %s', (_, target) => {
    const options = { ignoreIndex: -100 }
    expectMeaning(keptMeanComposite, [real(target.shape), target], options)
    expectMeaning(keptMeanGradientComposite, [real(target.shape), target], options)
  })

  it('does not look at what is ignored, not even at NaN', () => {
    expect(keptMean(tensor([1, Number.NaN, 3]), classes([0, 7, 1]), 7).dataSync()[0]).toBe(2)
  })
})
