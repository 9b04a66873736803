import { grad, Parameter, recordGraph } from '@chainrule/autograd'
import {
  arange,
  linear,
  type OpEvent,
  ones,
  tanh,
  tensor,
  type Tensor,
  tensorsIn,
  withRecorder,
} from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv1d,
  Conv2d,
  Embedding,
  GroupNorm,
  GRU,
  LayerNorm,
  Linear,
  LSTM,
  type Module,
  MultiheadAttention,
  RMSNorm,
  RNN,
  Sequential,
  Tanh,
  TransformerEncoderLayer,
} from './index.js'

const numbers = (shape: readonly number[]): Tensor =>
  arange(shape.reduce((product, size) => product * size, 1))
    .to('float32')
    .reshape(shape)
    .sin()

const recurrent = { numLayers: 2, bidirectional: true }

/** Every layer with parameters, and the shape of its input. */
const layers: readonly (readonly [string, Module, readonly number[]])[] = [
  ['Linear', new Linear(3, 2), [4, 3]],
  ['Conv1d', new Conv1d(2, 4, 3, { groups: 2 }), [2, 2, 5]],
  ['Conv2d', new Conv2d(2, 3, [2, 3]), [2, 2, 4, 5]],
  ['LayerNorm', new LayerNorm([2, 3]), [4, 2, 3]],
  ['RMSNorm', new RMSNorm(3), [4, 3]],
  ['BatchNorm1d', new BatchNorm1d(3), [4, 3]],
  ['BatchNorm2d', new BatchNorm2d(3), [2, 3, 2, 2]],
  ['GroupNorm', new GroupNorm(2, 4), [2, 4, 3]],
  ['RNN', new RNN(3, 2, recurrent), [4, 2, 3]],
  ['LSTM', new LSTM(3, 2, recurrent), [4, 2, 3]],
  ['GRU', new GRU(3, 2, recurrent), [4, 2, 3]],
  ['MultiheadAttention', new MultiheadAttention(4, 2), [3, 2, 4]],
  ['TransformerEncoderLayer', new TransformerEncoderLayer(4, 2, { dimFeedforward: 5 }), [3, 2, 4]],
]

describe('row 3 of the notes: a gradient has the shape of what it belongs to', () => {
  it.each(layers)('%s', (_, layer, shape) => {
    const x = new Parameter(numbers(shape))
    const [output] = tensorsIn((layer.forward as (x: Tensor) => unknown)(x))
    output?.square().sum().backward()
    expect(x.grad?.shape).toEqual(x.shape)
    const shapes = layer.namedParameters().map(([name, { grad }]) => [name, grad?.shape])
    expect(shapes).toEqual(layer.namedParameters().map(([name, parameter]) => [name, parameter.shape]))
  })

  it('Embedding', () => {
    const layer = new Embedding(5, 3)
    layer
      .forward(
        tensor(
          [
            [1, 2],
            [1, 4],
          ],
          { dtype: 'int32' },
        ),
      )
      .sum()
      .backward()
    expect(layer.weight.grad?.shape).toEqual(layer.weight.shape)
  })
})

describe('row 3 of the notes: δ is computed once and used for W, b and x', () => {
  const model = new Sequential(new Linear(3, 4), new Tanh(), new Linear(4, 2))
  const run = (): Tensor =>
    model
      .forward(numbers([5, 3]))
      .square()
      .sum()

  it('in the products that backward runs', () => {
    const loss = run()
    const events: OpEvent[] = []
    withRecorder({ kind: 'observer', op: (event) => void events.push(event) }, () => loss.backward())
    const labels = events.map(({ op, attributes }) => ('name' in attributes ? attributes.name : op))
    // One δ for each layer: through the square, and through tanh.
    expect(labels.filter((label) => label === 'tanhGradient')).toHaveLength(1)
    expect(labels.filter((label) => label === 'squareGradient')).toHaveLength(1)
    // ∂W and ∂x of the second layer, ∂W of the first; ∂b of both.
    expect(labels.filter((label) => label === 'matmul')).toHaveLength(3)
    expect(labels.filter((label) => label === 'reduce')).toHaveLength(2)
  })

  it('in the graph of the gradients, where both ∂W and ∂b come from the one δ', () => {
    const parameters = {
      weight1: numbers([4, 3]),
      bias1: numbers([4]),
      weight2: numbers([2, 4]),
      bias2: numbers([2]),
    }
    const loss = ({ weight1, bias1, weight2, bias2 }: typeof parameters): Tensor =>
      linear(tanh(linear(numbers([5, 3]), weight1, bias1)), weight2, bias2)
        .square()
        .sum()
    const graph = recordGraph(() => grad(loss)(parameters))
    const delta = graph.order().filter(({ label }) => label === 'tanhGradient')
    expect(delta).toHaveLength(1)
    const users = graph.order().filter(({ inputs }) => inputs.some(({ producer }) => producer === delta[0]))
    // The product for W reads it transposed, the sum for b as it is.
    expect(users.map(({ label }) => label).sort()).toEqual(['permute', 'sum'])
  })

  it('and for a vector of ones as δ, ∂W repeats x and ∂b is ones', () => {
    const layer = new Linear(3, 2)
    const x = tensor([1, 2, 3])
    layer.forward(x).backward({ gradient: ones([2]) })
    expect([...(layer.weight.grad?.dataSync() ?? [])]).toEqual([1, 2, 3, 1, 2, 3])
    expect([...(layer.bias?.grad?.dataSync() ?? [])]).toEqual([1, 1])
  })
})
