import { arange, manualSeed, ones, ShapeError, tensor, zeros } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { MultiheadAttention, scaledDotProductAttention, TransformerEncoderLayer } from '../index.js'
import { kernelsOf } from '../kernels.fixture.js'

describe('attention', () => {
  it('spreads evenly over equal keys and ignores forbidden ones', () => {
    const values = tensor([[1], [3], [100]])
    const keys = zeros([3, 2])
    const mask = tensor([[false, false, true]])
    const { output, weights } = scaledDotProductAttention(ones([1, 2]), keys, values, { mask })
    expect([[...output.dataSync()], [...weights.dataSync()]]).toEqual([[2], [0.5, 0.5, 0]])
  })

  it('of a query that may see nothing is NaN, as in PyTorch', () => {
    const { output } = scaledDotProductAttention(ones([1, 2]), ones([1, 2]), ones([1, 1]), { mask: tensor([[true]]) })
    expect(output.dataSync()[0]).toBeNaN()
  })

  it('projects one tensor once', () => {
    const layer = new MultiheadAttention(4, 2)
    const x = ones([3, 1, 4])
    expect(kernelsOf(() => layer.forward(x)).filter((kernel) => kernel === 'linear')).toHaveLength(2)
    expect(kernelsOf(() => layer.forward(x, ones([3, 1, 4]))).filter((kernel) => kernel === 'linear')).toHaveLength(4)
  })

  it('takes one sequence without a batch', () => {
    const layer = new MultiheadAttention(4, 2, { batchFirst: true })
    const x = arange(12).to('float32').reshape([3, 4])
    const padding = tensor([false, false, true])
    const alone = layer.forward(x, x, x, { keyPaddingMask: padding })
    const y = x.reshape([1, 3, 4])
    const batched = layer.forward(y, y, y, { keyPaddingMask: padding.reshape([1, 3]) })
    expect([alone.output.shape, alone.weights?.shape]).toEqual([
      [3, 4],
      [3, 3],
    ])
    expect([...alone.output.dataSync()]).toEqual([...batched.output.dataSync()])
  })

  it('drops weights in training only', () => {
    manualSeed(6)
    const layer = new MultiheadAttention(8, 2, { dropout: 0.5 })
    const x = ones([4, 2, 8])
    const draw = (): readonly number[] => [...(layer.forward(x).weights?.dataSync() ?? [])]
    expect(draw()).not.toEqual(draw())
    layer.eval()
    expect(draw()).toEqual(draw())
  })

  it('refuses what does not fit', () => {
    const layer = new MultiheadAttention(4, 2, { batchFirst: true })
    const x = ones([2, 3, 4])
    expect(() => layer.forward(x, ones([1, 3, 4]))).toThrow(
      /MultiheadAttention: got a query of \[2, 3, 4\], a key of \[1, 3, 4\]/,
    )
    expect(() => layer.forward(x, x, ones([2, 2, 4]))).toThrow(ShapeError)
    expect(() => layer.forward(x, x, x, { attnMask: ones([2, 2]) })).toThrow(
      /got a mask of \[2, 2\], expected \[3, 3\] or \[4, 3, 3\]/,
    )
    expect(() => layer.forward(x, x, x, { keyPaddingMask: ones([3, 2]) })).toThrow(
      /got a padding mask of \[3, 2\], expected \[2, 3\]/,
    )
    expect(() => new MultiheadAttention(4, 3)).toThrow(/expected the heads to divide embedDim/)
  })
})

describe('TransformerEncoderLayer', () => {
  it('takes a function as activation', () => {
    const layer = new TransformerEncoderLayer(4, 2, { dimFeedforward: 3, activation: (x) => x.tanh() }).eval()
    expect(layer.forward(ones([2, 1, 4])).shape).toEqual([2, 1, 4])
    expect(() => new TransformerEncoderLayer(4, 2, { activation: 'swish' as never })).toThrow(/got activation 'swish'/)
  })

  it('drops by default, in training only', () => {
    manualSeed(7)
    const layer = new TransformerEncoderLayer(8, 2, { dimFeedforward: 16 })
    const x = arange(16).to('float32').reshape([2, 1, 8])
    const draw = (): readonly number[] => [...layer.forward(x).dataSync()]
    expect(draw()).not.toEqual(draw())
    layer.eval()
    expect(draw()).toEqual(draw())
  })
})
