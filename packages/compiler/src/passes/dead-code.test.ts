import { ones } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { captureGraph, describeGraph, keepsBitsOfGraphs } from '../lowered.fixture.js'
import { deadCode } from './dead-code.js'

describe('deadCode', () => {
  it('drops what no result depends on, and keeps the order of the rest', () => {
    const { graph } = captureGraph(
      (x) => {
        x.exp().sum()
        const y = x.tanh()
        y.sqrt()
        return y.mul(x)
      },
      ones([2]),
    )
    expect(describeGraph(graph)).toEqual([
      '0 = exp(a)',
      '1 = sum(0)',
      '2 = tanh(a)',
      '3 = sqrt(2)',
      '4 = mul(2, a)',
      '→ 4',
    ])
    expect(describeGraph(deadCode(graph))).toEqual(['0 = tanh(a)', '1 = mul(0, a)', '→ 1'])
  })

  it('keeps the bits of random graphs', () => {
    keepsBitsOfGraphs(deadCode)
  })
})
