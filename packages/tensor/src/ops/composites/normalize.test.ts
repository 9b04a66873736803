import { describe, expect, it } from 'vitest'
import { batchStatistics, broadcastTo, reshape, rmsNormalize, tensor } from '../../index.js'
import { batchStatisticsComposite } from './batch-statistics.js'
import { expectMeaning, real } from './composite.fixture.js'
import { normalizeComposite, normalizeGradientComposite } from './layer-norm.js'
import { rmsNormalizeComposite, rmsNormalizeGradientComposite } from './rms-normalize.js'

const cases = [
  ['the last axis', [3, 5], [1]],
  ['all but the channels', [2, 3, 2, 2], [0, 2, 3]],
  ['the first axis', [4, 2], [0]],
] as const

describe.each(cases)('normalizing %s', (_, shape, axes) => {
  const options = { axes, eps: 1e-3 }

  it('by mean and variance agrees with its meaning', () => {
    expectMeaning(normalizeComposite, [real(shape)], options)
    expectMeaning(normalizeGradientComposite, [real(shape), real(shape, 2)], options)
  })

  it('by the mean square agrees with its meaning', () => {
    expectMeaning(rmsNormalizeComposite, [real(shape)], options)
    expectMeaning(rmsNormalizeGradientComposite, [real(shape), real(shape, 2)], options)
  })
})

describe('normalizing by the mean square', () => {
  it('keeps the sign and makes the mean square 1', () => {
    const y = rmsNormalize(tensor([[1, -7]]), 1, 0).dataSync()
    expect(y[0]).toBeCloseTo(0.2, 6)
    expect(y[1]).toBeCloseTo(-1.4, 6)
  })
})

describe('running statistics', () => {
  const along = (numbers: readonly number[], shape: readonly number[]) =>
    broadcastTo(reshape(tensor(Float64Array.from(numbers)), [1, numbers.length, ...shape.slice(2).map(() => 1)]), shape)

  it.each([
    ['rows', [4, 3], [0]],
    ['images', [2, 3, 2, 2], [0, 2, 3]],
  ] as const)('of %s agree with their meaning', (_, shape, axes) => {
    const inputs = [real(shape), along([0.5, -1, 2], shape), along([1, 2, 0.25], shape)]
    expectMeaning(batchStatisticsComposite, inputs, { axes, momentum: 0.3 })
  })

  it('move by the momentum towards the mean and the unbiased variance of the batch', () => {
    const running = { mean: tensor([0]), variance: tensor([1]) }
    const { mean, variance } = batchStatistics(tensor([[1], [3]]), running, 0.25)
    expect(mean.dataSync()[0]).toBe(0.5)
    // The batch's variance is ((1 − 2)² + (3 − 2)²) / (2 − 1) = 2.
    expect(variance.dataSync()[0]).toBe(1.25)
  })
})
