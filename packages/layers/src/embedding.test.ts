import { tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { Embedding } from './index.js'

const ids = (numbers: readonly number[]): Tensor => tensor(numbers, { dtype: 'int32' })

describe('Embedding', () => {
  it('keeps gradients from the row of padding', () => {
    const layer = new Embedding(3, 2, { paddingIdx: -1 })
    layer
      .forward(ids([2, 0, 2]))
      .sum()
      .backward()
    expect([...(layer.weight.grad?.dataSync() ?? [])]).toEqual([1, 1, 0, 0, 0, 0])
  })

  it('sums the gradients of a row that occurs twice', () => {
    const layer = new Embedding(2, 1)
    layer
      .forward(ids([1, 1, 1]))
      .sum()
      .backward()
    expect([...(layer.weight.grad?.dataSync() ?? [])]).toEqual([0, 3])
  })

  it('refuses numbers without a row, and a padding without one', () => {
    expect(() => new Embedding(2, 1).forward(ids([2]))).toThrow(/got index 2/)
    expect(() => new Embedding(2, 1, { paddingIdx: 2 })).toThrow(
      /Embedding: got paddingIdx 2, expected a row in -2 … 1/,
    )
  })
})
