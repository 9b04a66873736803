import { Parameter } from '@chainrule/autograd'
import { ones, tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { BatchNorm1d, BatchNorm2d } from '../index.js'

describe('batch norm', () => {
  it('averages over all batches without a momentum', () => {
    const layer = new BatchNorm1d(1, { momentum: null })
    layer.forward(tensor([[1], [3]]))
    layer.forward(tensor([[5], [11]]))
    const { running_mean, running_var, num_batches_tracked } = layer.stateDict()
    // Means 2 and 8; unbiased variances 2 and 18.
    expect([running_mean, running_var, num_batches_tracked].map((each) => each?.dataSync()[0])).toEqual([5, 10, 2])
  })

  it('does not track while it is not in training', () => {
    const layer = new BatchNorm2d(2).eval()
    layer.forward(ones([1, 2, 1, 1]))
    expect(layer.numBatchesTracked?.dataSync()[0]).toBe(0)
  })

  it('records no gradient for its statistics', () => {
    const layer = new BatchNorm1d(1)
    layer.forward(new Parameter([[1], [2]]))
    expect([layer.runningMean?.requiresGrad, layer.runningVar?.requiresGrad]).toEqual([false, false])
  })

  it('changes nothing when the input is refused', () => {
    const layer = new BatchNorm1d(2)
    expect(() => layer.forward(ones([1, 2]))).toThrow(/BatchNorm1d: .* expected more than one value a channel/)
    expect(() => layer.forward(ones([4, 3]))).toThrow(
      /BatchNorm1d: got an input of \[4, 3\], expected \[N, 2\] or \[N, 2, L\]/,
    )
    expect(() => new BatchNorm2d(2).forward(ones([4, 2]))).toThrow(/expected \[N, 2, H, W\]/)
    expect(layer.numBatchesTracked?.dataSync()[0]).toBe(0)
  })

  it('takes one value a channel in evaluation', () => {
    expect(new BatchNorm1d(2).eval().forward(ones([1, 2])).shape).toEqual([1, 2])
  })
})
