import { cell, ones, pad, rand } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { captureGraph, describeGraph, keepsBitsOfGraphs } from '../lowered.fixture.js'
import { commonSubexpressions } from './common-subexpressions.js'

describe('commonSubexpressions', () => {
  it('computes equal things once, also where their operands turn out equal', () => {
    const { graph } = captureGraph((x) => x.tanh().mul(2).add(x.tanh().mul(2)), ones([2]))
    expect(describeGraph(graph)).toHaveLength(6)
    expect(describeGraph(commonSubexpressions(graph).graph)).toEqual([
      '0 = tanh(a)',
      '1 = mul(0)',
      '2 = add(1, 1)',
      '→ 2',
    ])
  })

  it('tells attributes apart: axes, numbers, shapes', () => {
    const { graph } = captureGraph(
      (x) => [
        ...[x.sum(0), x.sum(1), x.mul(2), x.mul(3), x.mul(-0), x.mul(0), x.softmax(0), x.softmax(1)],
        ...[0, -0, NaN, Infinity].map((value) =>
          pad(
            x,
            [
              [1, 0],
              [0, 0],
            ],
            { value },
          ),
        ),
      ],
      ones([2, 2]),
    )
    expect(commonSubexpressions(graph).graph.nodes).toHaveLength(graph.nodes.length)
  })

  it('tells a cell before it was set from the cell after it', () => {
    const rate = cell(1)
    const { graph } = captureGraph(
      (x) => {
        const [first, same] = [x.mul(rate), x.mul(rate)]
        rate.set(() => rate.value + 1)
        return [first, same, x.mul(rate)]
      },
      ones([2]),
    )
    expect(describeGraph(commonSubexpressions(graph).graph)).toEqual(['0 = mul(a)', '1 = mul(a)', '→ 0, 0, 1'])
  })

  it('draws random numbers as often as the code does', () => {
    const { graph } = captureGraph((x) => x.mul(rand([2])).add(x.mul(rand([2]))), ones([2]))
    const labels = commonSubexpressions(graph).graph.nodes.map(({ label }) => label)
    expect(labels.filter((label) => label === 'random')).toHaveLength(2)
    expect(labels.filter((label) => label === 'mul')).toHaveLength(2)
  })

  it('keeps the bits of random graphs', () => {
    keepsBitsOfGraphs(commonSubexpressions)
  })
})
