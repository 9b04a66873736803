import { arange, manualSeed, ones, type Tensor, zeros } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { GRU, LSTM, RNN } from '../index.js'
import { kernelsOf } from '../kernels.fixture.js'

describe('recurrent layers', () => {
  const step = (numbers: number): Tensor =>
    arange(numbers * 2)
      .to('float32')
      .reshape([numbers, 1, 2])
      .div(10)

  it.each([
    ['RNN', () => new RNN(2, 3, { numLayers: 2 })],
    ['GRU', () => new GRU(2, 3, { numLayers: 2 })],
  ])('%s goes on from its state as if it had never stopped', (_, make) => {
    const layer = make()
    const whole = layer.forward(step(4))
    const first = layer.forward(step(4).narrow(0, 0, 2))
    const second = layer.forward(step(4).narrow(0, 2, 2), first.state)
    expect([...second.state.dataSync()]).toEqual([...whole.state.dataSync()])
    expect([...second.output.dataSync()]).toEqual([...whole.output.narrow(0, 2, 2).dataSync()])
  })

  it('LSTM goes on from its state as if it had never stopped', () => {
    const layer = new LSTM(2, 3, { numLayers: 2 })
    const whole = layer.forward(step(4))
    const first = layer.forward(step(4).narrow(0, 0, 2))
    const second = layer.forward(step(4).narrow(0, 2, 2), first.state)
    expect([...second.state.cell.dataSync()]).toEqual([...whole.state.cell.dataSync()])
    expect([...second.output.dataSync()]).toEqual([...whole.output.narrow(0, 2, 2).dataSync()])
  })

  it('take one sequence without a batch', () => {
    const layer = new LSTM(2, 3, { bidirectional: true, batchFirst: true })
    const alone = layer.forward(step(4).reshape([4, 2]))
    const batched = layer.forward(step(4).reshape([1, 4, 2]))
    expect([alone.output.shape, alone.state.cell.shape]).toEqual([
      [4, 6],
      [2, 3],
    ])
    expect([...alone.output.dataSync()]).toEqual([...batched.output.dataSync()])
    expect(layer.forward(step(4).reshape([4, 2]), alone.state).output.shape).toEqual([4, 6])
  })

  it('drop outputs between layers, in training only', () => {
    manualSeed(2)
    const layer = new GRU(2, 8, { numLayers: 2, dropout: 0.5 })
    const draw = (): readonly number[] => [...layer.forward(step(3)).output.dataSync()]
    expect(draw()).not.toEqual(draw())
    layer.eval()
    expect(draw()).toEqual(draw())
  })

  it('multiply the inputs of all steps at once', () => {
    const layer = new RNN(2, 3)
    const kernels = kernelsOf(() => layer.forward(step(4)))
    expect(kernels.filter((kernel) => kernel === 'linear')).toHaveLength(1 + 4)
  })

  it('refuse inputs and states that do not fit', () => {
    const layer = new LSTM(2, 3, { numLayers: 2 })
    expect(() => layer.forward(ones([4, 1, 5]))).toThrow(
      /LSTM: got an input of \[4, 1, 5\], expected \[T, N, 2\] or \[T, 2\]/,
    )
    expect(() => layer.forward(ones([0, 1, 2]))).toThrow(/at least one step/)
    const state = zeros([1, 1, 3])
    expect(() => layer.forward(ones([4, 1, 2]), { hidden: state, cell: state })).toThrow(
      /LSTM: got a state of \[1, 1, 3\], expected \[2, 1, 3\]/,
    )
    expect(() => new RNN(2, 3, { nonlinearity: 'sigmoid' as never })).toThrow(/RNN: got nonlinearity 'sigmoid'/)
    expect(() => new GRU(2, 0)).toThrow(/GRU: got hiddenSize 0/)
  })
})
