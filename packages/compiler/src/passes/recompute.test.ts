import { ones, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { describeSteps, keepsBitsOfSteps, lowerFunction } from '../lowered.fixture.js'
import { recompute } from './recompute.js'

const many = 64

const readersOf = (steps: ReturnType<typeof lowerFunction>['steps'], place: number): number[] =>
  steps.flatMap(({ inputs }, at) => (inputs.some((block) => steps[place]?.outputs.includes(block)) ? [at] : []))

const recomputed = (run: (...args: Tensor[]) => readonly Tensor[], ...args: Tensor[]) => {
  const lowered = lowerFunction(run, ...args)
  const after = recompute(lowered.steps, 0, readersOf(lowered.steps, 0), many)
  if (after !== undefined) expect(lowered.evaluate(after)).toEqual(lowered.evaluate(lowered.steps))
  return after && describeSteps(after)
}

describe('recompute', () => {
  it('computes a cheap value again in each reader rather than storing it', () => {
    const after = recomputed(
      (x) => {
        const positive = x.relu()
        return [positive.exp(), positive.sum(1)]
      },
      ones([4, 4]),
    )
    expect(after).toEqual(['map relu·exp (a) → 0', 'row relu·sum (a) → 1'])
  })

  it('stores what is costly to compute, or needs more operands than it has results', () => {
    expect(recomputed((x) => [x.tanh().neg(), x.tanh().sum(1)].slice(0, 1), ones([4, 4]))).toBeUndefined()
    const sum = (x: Tensor, y: Tensor, z: Tensor): readonly Tensor[] => {
      const total = x.mul(y).add(z)
      return [total.exp(), total.sum(1)]
    }
    const { steps } = lowerFunction(sum, ones([4, 4]), ones([4, 4]), ones([4, 4]))
    expect(recompute(steps, 1, readersOf(steps, 1), many)).toBeUndefined()
  })

  it('stores a value whose operands would have to live for longer', () => {
    const run = (x: Tensor): readonly Tensor[] => {
      const early = x.tanh()
      const cheap = early.neg()
      return [cheap.exp(), cheap.sum(1)]
    }
    const { steps } = lowerFunction(run, ones([4, 4]))
    expect(recompute(steps, 1, readersOf(steps, 1), many)).toBeUndefined()
  })

  it('stores what a product reads', () => {
    expect(
      recomputed(
        (x) => {
          const positive = x.relu()
          return [positive.matmul(x), positive.sum(1)]
        },
        ones([4, 4]),
      ),
    ).toBeUndefined()
  })

  it('keeps the bits of random graphs', () => {
    keepsBitsOfSteps(({ steps, wanted }) => {
      for (let place = 0; place < steps.length; place++) {
        const readers = readersOf(steps, place)
        if (steps[place]?.outputs.some((block) => wanted.has(block)) === true || readers.length < 2) continue
        const after = recompute(steps, place, readers, many)
        if (after !== undefined) return after
      }
      return steps
    })
  })
})
