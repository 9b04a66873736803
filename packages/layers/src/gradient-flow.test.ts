import { GradientError, memory, ones, tensor, zeros } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { Dropout, Embedding, gradientFlow, Linear, ReLU, Sequential } from './index.js'

/** Two inputs, four hidden units of which the last two never fire on positive inputs, one output. */
const network = (): Sequential => {
  const model = new Sequential(new Linear(2, 4), new ReLU(), new Linear(4, 1))
  model.loadStateDict({
    '0.weight': tensor([
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ]),
    '0.bias': zeros([4]),
    '2.weight': ones([1, 4]),
    '2.bias': zeros([1]),
  })
  return model
}

const input = tensor([
  [1, 2],
  [3, 4],
])

describe('gradient flow', () => {
  it('gives the norms of gradients and weights by layer', async () => {
    const model = network()
    model.forward(input).sum().backward()
    // Units 0 and 1 fire: ∂/∂W = [4, 6] each, ∂/∂b = 2 each; the last layer sees the sums 4 and 6 and its bias 2.
    expect(await gradientFlow(model)).toEqual([
      {
        name: '0',
        layer: 'Linear',
        gradientNorm: expect.closeTo(Math.sqrt(112), 5) as number,
        weightNorm: 2,
        deadShare: 0.5,
      },
      {
        name: '2',
        layer: 'Linear',
        gradientNorm: expect.closeTo(Math.sqrt(56), 5) as number,
        weightNorm: 2,
        deadShare: 0,
      },
    ])
  })

  it('gives the share of ReLU outputs that no sample reaches, for an input', async () => {
    const model = network()
    const flow = await gradientFlow(model, { input })
    expect(flow.map(({ name, layer, deadShare }) => [name, layer, deadShare])).toEqual([
      ['0', 'Linear', undefined],
      ['1', 'ReLU', 0.5],
      ['2', 'Linear', undefined],
    ])
    const [mixed] = await gradientFlow(new Sequential(new ReLU()), {
      input: tensor([
        [1, -1, -1],
        [-1, 1, -1],
      ]),
    })
    expect(mixed?.deadShare).toBeCloseTo(1 / 3, 6)
  })

  it('leaves the module as it was', async () => {
    const model = new Sequential(new Dropout(0.5), new ReLU())
    const before = memory()
    await gradientFlow(model, { input })
    expect(model.training).toBe(true)
    expect(Object.keys(model[1] ?? {})).toEqual([])
    expect([memory().bytes, memory().tensors]).toEqual([before.bytes, before.tensors])
  })

  it('does not call unused rows of a table dead', async () => {
    const layer = new Embedding(5, 2)
    layer
      .forward(tensor([0], { dtype: 'int32' }))
      .sum()
      .backward()
    expect(await gradientFlow(layer)).toMatchObject([{ name: '', layer: 'Embedding', deadShare: undefined }])
  })

  it('needs gradients or an input', async () => {
    await expect(gradientFlow(network())).rejects.toThrow(GradientError)
    await expect(gradientFlow(network())).rejects.toThrow(/gradientFlow: got a Sequential without gradients/)
  })
})
