import { grad } from '@chainrule/autograd'
import { cell, concat, full, ones, type Tensor, zeros } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { captureGraph, describeGraph, keepsBitsOfGraphs } from '../lowered.fixture.js'
import { deadCode } from './dead-code.js'
import { simplify } from './simplify.js'

const simplified = (run: (x: Tensor) => Tensor | readonly Tensor[], x: Tensor = ones([2, 3])): readonly string[] => {
  const { graph, slots } = captureGraph(run, x)
  return describeGraph(deadCode(simplify(graph, (slot) => slots.fixed(slot)).graph))
}

describe('simplify', () => {
  it('drops what only passes its input on', () => {
    expect(
      simplified((x) =>
        concat([x.reshape([2, 3]).permute([0, 1]).narrow(0, 0, 2)])
          .mul(1)
          .div(1)
          .sub(0),
      ),
    ).toEqual(['→ a'])
  })

  it('drops products with a tensor of ones, however it came to its shape', () => {
    expect(simplified((x) => x.mul(ones([2, 3])).mul(full([1, 1], 1).broadcastTo([2, 3]).reshape([2, 3])))).toEqual([
      '→ a',
    ])
    const gradient = simplified((x) => grad((y: Tensor) => y.tanh().sum())(x))
    expect(gradient.some((line) => line.includes('tanhGradient'))).toBe(true)
  })

  it('keeps what changes a bit: x + 0 turns −0 into 0, x · 0 keeps signs and NaN', () => {
    expect(simplified((x) => [x.add(0), x.mul(0), x.mul(zeros([2, 3]))])).toHaveLength(5)
    expect(simplified((x) => [x.add(-0), x.sub(-0)])).toEqual(['0 = sub(a)', '→ a, 0'])
  })

  it('keeps a product with a cell that happens to be 1, and products that grow by broadcasting', () => {
    const rate = cell(1)
    expect(simplified((x) => x.mul(rate))).toEqual(['0 = mul(a)', '→ 0'])
    expect(simplified((x) => x.mul(ones([4, 2, 3])))).toHaveLength(3)
    expect(simplified((x) => x.mul(ones([2, 3], { dtype: 'float64' })))).not.toEqual(['→ a'])
  })

  it('keeps the bits of random graphs', () => {
    keepsBitsOfGraphs((graph, slots) => simplify(graph, (slot) => slots.fixed(slot)))
  })
})
