import { defaultGenerator, memory } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Embedding,
  Flatten,
  Linear,
  LSTM,
  MaxPool2d,
  MultiheadAttention,
  ReLU,
  Sequential,
} from '../index.js'

const network = (): Sequential =>
  new Sequential(
    new Conv2d(1, 4, 3, { padding: 1 }),
    new BatchNorm2d(4),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Dropout(0.5),
    new Linear(4 * 14 * 14, 10),
  )

describe('the summary of a module', () => {
  it('shows each layer with its output and its parameters', () => {
    expect(network().summary([32, 1, 28, 28])).toBe(
      [
        'Layer             Output           Parameters',
        'Sequential        [32, 10]              7,898',
        '  0: Conv2d       [32, 4, 28, 28]          40',
        '  1: BatchNorm2d  [32, 4, 28, 28]           8',
        '  2: ReLU         [32, 4, 28, 28]           0',
        '  3: MaxPool2d    [32, 4, 14, 14]           0',
        '  4: Flatten      [32, 784]                 0',
        '  5: Dropout      [32, 784]                 0',
        '  6: Linear       [32, 10]              7,850',
        '7,898 parameters (31,592 bytes), 7,898 of them trained',
      ].join('\n'),
    )
  })

  it('counts what is frozen apart', () => {
    const layer = new Linear(2, 3)
    layer.weight.requiresGrad = false
    expect(layer.summary([1, 2])).toContain('9 parameters (36 bytes), 3 of them trained')
  })

  it('computes nothing and changes nothing', () => {
    const model = network()
    const before = { ...memory(), state: defaultGenerator.state }
    model.summary([100_000, 1, 28, 28])
    expect({ ...memory(), state: defaultGenerator.state }).toEqual(before)
    expect(model.stateDict()['1.num_batches_tracked']?.dataSync()[0]).toBe(0)
    expect(model.modules().every(({ training }) => training)).toBe(true)
    expect(Object.keys(model[0] ?? {})).not.toContain('forward')
  })

  it('leaves each module in its own mode', () => {
    const model = new Sequential(new Dropout(), new Dropout())
    model[1]?.eval()
    model.summary([2])
    expect(model.modules().map(({ training }) => training)).toEqual([true, true, false])
  })

  it('feeds whole numbers to an embedding', () => {
    expect(new Sequential(new Embedding(10, 4), new Flatten()).summary([2, 3])).toContain('1: Flatten    [2, 12]')
    expect(new Embedding(3, 2).summary([5], { dtype: 'int32' })).toContain('[5, 2]')
  })

  it('takes one shape an input, and shows the first of several results', () => {
    const attention = new MultiheadAttention(4, 2, { batchFirst: true })
    expect(
      attention.summary([
        [1, 5, 4],
        [1, 7, 4],
      ]),
    ).toContain('MultiheadAttention  [1, 5, 4]')
    expect(new LSTM(3, 4, { batchFirst: true }).summary([2, 5, 3])).toContain('LSTM   [2, 5, 4]')
    expect(() => attention.summary([1, [2]] as never)).toThrow(/summary: got \[1,\[2\]\], expected a shape/)
  })

  it('reports a misfit as forward would, and puts everything back', () => {
    const model = network()
    expect(() => model.summary([32, 3, 28, 28])).toThrow(/conv2d: got input \[32, 3, 28, 28\]/)
    expect(model.training).toBe(true)
    expect(Object.keys(model)).toEqual(['0', '1', '2', '3', '4', '5', '6'])
  })
})
