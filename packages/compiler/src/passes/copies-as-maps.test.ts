import { concat, ones, pad } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { keepsBitsOfSteps, kernelOf, lowerFunction } from '../lowered.fixture.js'
import { copiesAsMaps } from './copies-as-maps.js'

describe('copiesAsMaps', () => {
  it('turns the copy behind a transposed reshape into a map that reads it turned', () => {
    const { steps, evaluate } = lowerFunction((x) => x.transpose(0, 1).reshape([6]), ones([2, 3]))
    expect(steps.map(({ kernel }) => kernel.kind)).toEqual(['copy'])
    const after = copiesAsMaps(steps)
    expect(kernelOf(after[0], 'map').spaces[0]?.inputs).toMatchObject([{ strides: [1, 3] }])
    expect(evaluate(after)).toEqual(evaluate(steps))
  })

  it('leaves copies of several pieces and into zeros', () => {
    const { steps } = lowerFunction((x) => [concat([x, x]), pad(x, [[1, 1]])], ones([2]))
    expect(copiesAsMaps(steps)).toEqual(steps)
  })

  it('keeps the bits of random graphs', () => {
    keepsBitsOfSteps(({ steps }) => copiesAsMaps(steps))
  })
})
