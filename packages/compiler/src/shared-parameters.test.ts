import { backward, noGrad, Parameter } from '@chainrule/autograd'
import { GradientError, setDevice, tensor, type Tensor } from '@chainrule/tensor'
import { beforeAll, describe, expect, it } from 'vitest'
import { compile } from './index.js'

beforeAll(async () => {
  await setDevice('reference')
})

const numbers = (x: Tensor | undefined): number[] => [...(x?.dataSync() ?? [])]

const descend = (...parameters: readonly Parameter[]): void => {
  noGrad(() => {
    for (const parameter of parameters)
      if (parameter.grad !== undefined) parameter.assign(parameter.sub(parameter.grad.mul(0.1)))
  })
}

type Wrap = <Args extends readonly unknown[], Result>(fn: (...args: Args) => Result) => (...args: Args) => Result

/** Two steps in turns, as adversarial networks are trained: the second goes through the parameter of the first. */
const takeTurns = (wrap: Wrap): readonly unknown[] => {
  const judge = new Parameter([1, -0.5])
  const maker = new Parameter([0.5, 2])
  const judgeStep = wrap((x: Tensor) => {
    judge.grad = undefined
    const loss = x.sub(maker.detach()).mul(judge).tanh().sum()
    backward(loss)
    descend(judge)
    return loss
  })
  const makerStep = wrap((x: Tensor) => {
    maker.grad = undefined
    const loss = maker.mul(judge).mul(x).sum()
    backward(loss)
    descend(maker)
    return loss
  })
  const losses = [1, 2, 3, 4].map((value) => [judgeStep, makerStep].map((step) => numbers(step(tensor([value, 1])))))
  return [losses, numbers(judge), numbers(maker)]
}

describe('two compiled steps that share parameters', () => {
  it('give the bits of eager code, though neither keeps the gradients of the other', () => {
    expect(takeTurns(compile)).toEqual(takeTurns((fn) => fn))
  })

  it('do not pass off a part of a gradient as the whole', () => {
    const weight = new Parameter([2])
    const first = compile((x: Tensor) => backward(x.mul(weight).sum()))
    first(tensor([1]))
    backward(weight.mul(5).sum())
    expect(weight.isGradWithheld).toBe(true)
    expect(() => weight.grad).toThrow(GradientError)
    expect(() => weight.grad).toThrow(/zeroGrad/)
    weight.grad = undefined
    backward(weight.mul(5).sum())
    expect([weight.isGradWithheld, numbers(weight.grad)]).toEqual([false, [5]])
  })
})

/** Steps over two parameters that are frozen and thawed in turns. */
const freezeAndThaw = (wrap: Wrap): readonly unknown[] => {
  const [first, second] = [new Parameter([1, 2]), new Parameter([3, -1])]
  const step = wrap((x: Tensor) => {
    first.grad = undefined
    second.grad = undefined
    const loss = x.mul(first).tanh().mul(second).sum()
    backward(loss)
    descend(first, second)
    return loss
  })
  const losses = [0, 1, 2, 3, 4, 5].map((count) => {
    first.requiresGrad = count % 3 !== 1
    second.requiresGrad = count % 3 !== 2
    return numbers(step(tensor([0.5, count])))
  })
  return [losses, numbers(first), numbers(second)]
}

describe('frozen parameters', () => {
  it('stay as they are in compiled steps, and move again when they are thawed', () => {
    expect(freezeAndThaw(compile)).toEqual(freezeAndThaw((fn) => fn))
  })

  it('cost one capture for each state', () => {
    const weight = new Parameter([1])
    const scale = compile((x: Tensor) => x.mul(weight))
    for (const trained of [true, false, true, false]) {
      weight.requiresGrad = trained
      scale(tensor([1]))
    }
    expect(scale.stats().captures).toBe(2)
  })

  it('may be frozen for a while inside', () => {
    const [frozen, weight] = [new Parameter([2]), new Parameter([3])]
    const step = compile(
      (x: Tensor) => {
        frozen.requiresGrad = false
        weight.grad = undefined
        backward(x.mul(frozen).mul(weight).sum())
        frozen.requiresGrad = true
      },
      { keepGrads: true },
    )
    step(tensor([1]))
    step(tensor([4]))
    expect([numbers(weight.grad), frozen.grad, step.stats().captures]).toEqual([[8], undefined, 1])
  })
})
