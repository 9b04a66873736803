import { noGrad, Parameter } from '@chainrule/autograd'
import { tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { Linear } from './index.js'

const doubles = (rows: readonly (readonly number[])[]): Tensor =>
  tensor(Float64Array.from(rows.flat()), { shape: [rows.length, rows[0]?.length ?? 0] })

/** y = xW + b with the numbers of the notes. The layer keeps Wᵀ, as PyTorch does. */
const notes = (): Linear => {
  const layer = new Linear(2, 2, { dtype: 'float64' })
  layer.loadStateDict({
    weight: doubles([
      [0.5, -1],
      [1.5, 0],
    ]).transpose(0, 1),
    bias: tensor(new Float64Array([0.1, 0.2])),
  })
  return layer
}

/** A sum of two or three decimals in float64. */
const digits = 15

const expectNumbers = async (actual: Tensor | undefined, expected: readonly number[]): Promise<void> => {
  const numbers = [...((await actual?.data()) ?? [])]
  expect(numbers).toHaveLength(expected.length)
  numbers.forEach((number, place) => {
    expect(number).toBeCloseTo(expected[place] ?? Number.NaN, digits)
  })
}

describe('row 14 of the notes: the linear class', () => {
  it('has one bias for each output', () => {
    expect(notes().bias?.shape).toEqual([2])
  })

  it('forward: [1, 2] W + b = [3.6, −0.8]', async () => {
    await expectNumbers(notes().forward(doubles([[1, 2]])), [3.6, -0.8])
  })

  it('backward: the gradient of the weights is xᵀ · gradient', async () => {
    const layer = notes()
    layer.forward(doubles([[1, 2]])).backward({ gradient: doubles([[1, 2]]) })
    await expectNumbers(layer.weight.grad?.transpose(0, 1), [1, 2, 2, 4])
  })

  it('backward: the gradient of the biases is the sum over the samples, [0.6, −0.3]', async () => {
    const layer = notes()
    const gradient = doubles([
      [0.1, -0.2],
      [0.3, -0.1],
      [0.2, 0],
    ])
    layer
      .forward(
        doubles([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      )
      .backward({ gradient })
    // The notes print [0.6, 0.3]; −0.2 − 0.1 + 0 is −0.3.
    await expectNumbers(layer.bias?.grad, [0.6, -0.3])
  })

  it('backward: the gradient of the input is gradient · Wᵀ = [−1.5, 1.5]', async () => {
    const x = new Parameter(doubles([[1, 2]]))
    notes()
      .forward(x)
      .backward({ gradient: doubles([[1, 2]]) })
    // The notes print [−1.6, 1.5]; 1 · 0.5 − 2 · 1 is −1.5.
    await expectNumbers(x.grad, [-1.5, 1.5])
  })

  it('update_parameters: W ← W − η ∂L/∂W and b ← b − η ∂L/∂b', async () => {
    const layer = notes()
    layer.forward(doubles([[1, 2]])).backward({ gradient: doubles([[1, 2]]) })
    const rate = 0.1
    noGrad(() => {
      for (const parameter of layer.parameters()) {
        if (parameter.grad !== undefined) parameter.assign(parameter.sub(parameter.grad.mul(rate)))
      }
    })
    await expectNumbers(layer.weight.transpose(0, 1), [0.4, -1.2, 1.3, -0.4])
    await expectNumbers(layer.bias, [0, 0])
  })
})
