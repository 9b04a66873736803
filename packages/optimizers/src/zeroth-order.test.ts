import { compile } from '@chainrule/compiler'
import { ArgumentError, memory, scope, tensor } from '@chainrule/tensor'
import { Parameter } from '@chainrule/autograd'
import { describe, expect, it } from 'vitest'
import { ZerothOrder } from './index.js'
import { makeProblem, valuesOf } from './problem.fixture.js'

describe('ZerothOrder', () => {
  it('follows the mean of the two-point estimates', () => {
    // Along one axis L = 3x has the slope 3 in every direction u, so ĝ = 3 · mean u², which has mean 3.
    const x = new Parameter(tensor([0], { dtype: 'float64' }))
    const optimizer = new ZerothOrder([x], { lr: 1, samples: 2000, epsilon: 0.1 })
    optimizer.step(() => x.mul(3).sum())
    // The standard deviation of 3 · mean u² over 2000 samples is 3 √(2 / 2000) = 0.1; the seed is fixed.
    expect(Math.abs((x.dataSync()[0] ?? 0) + 3)).toBeLessThan(0.4)
  })

  it('gives the loss before the step, and the same steps for the same seed', () => {
    const run = (seed: number): unknown[] => {
      const { parameters, loss } = makeProblem()
      const optimizer = new ZerothOrder(parameters, { lr: 0.01, samples: 2, seed })
      const before = loss().dataSync()[0]
      expect(optimizer.step(loss).dataSync()[0]).toBe(before)
      optimizer.step(loss)
      return valuesOf(parameters)
    }
    expect(run(1)).toEqual(run(1))
    expect(run(1)).not.toEqual(run(2))
  })

  it('gives the same bits compiled', () => {
    const run = (compiled: boolean): number[][] => {
      const { parameters, loss } = makeProblem()
      const optimizer = new ZerothOrder(parameters, { lr: 0.01, samples: 2 })
      const eager = (): unknown => optimizer.step(loss)
      const step = compiled ? compile(eager) : eager
      for (let count = 0; count < 4; count++) step()
      return valuesOf(parameters)
    }
    expect(run(true)).toEqual(run(false))
  })

  it('has a rate for each group, and keeps memory flat', () => {
    const { parameters, loss } = makeProblem('float32')
    const [first, second] = parameters
    const optimizer = new ZerothOrder([{ params: [first], lr: 0 }, { params: [second] }], { lr: 0.01, samples: 2 })
    const before = valuesOf(parameters)
    const step = (): void => {
      optimizer.step(loss)
    }
    scope(step)
    const { tensors, bytes } = memory()
    for (let count = 0; count < 50; count++) scope(step)
    expect([memory().tensors, memory().bytes]).toEqual([tensors, bytes])
    expect(valuesOf([first])).toEqual(before.slice(0, 1))
    expect(valuesOf([second])).not.toEqual(before.slice(1))
  })

  it('leaves parameters and directions as they were when the closure throws', () => {
    const { parameters, loss } = makeProblem()
    const optimizer = new ZerothOrder(parameters, { samples: 2 })
    const before = [valuesOf(parameters), optimizer.stateDict()]
    let calls = 0
    const failing = () => {
      if (++calls === 4) throw new Error('the closure failed')
      return loss()
    }
    expect(() => optimizer.step(failing)).toThrow('the closure failed')
    expect([valuesOf(parameters), optimizer.stateDict()]).toEqual(before)
  })

  it.each([
    [
      'losses of several elements',
      (x: Parameter) => new ZerothOrder([x]).step(() => x.mul(2)),
      'a tensor of 2 elements',
    ],
    ['losses that are numbers', (x: Parameter) => new ZerothOrder([x]).step(() => 1 as never), 'returns number'],
    ['no samples', (x: Parameter) => new ZerothOrder([x], { samples: 0 }), 'got samples 0'],
    ['no step', (x: Parameter) => new ZerothOrder([x], { epsilon: 0 }), 'epsilon 0'],
    ['unknown options', (x: Parameter) => new ZerothOrder([x], { sample: 3 } as never), 'got the option sample'],
  ])('refuses %s', (_, run, message) => {
    const parameter = new Parameter([1, 2])
    expect(() => run(parameter)).toThrow(ArgumentError)
    expect(() => run(parameter)).toThrow(message)
    expect([...parameter.dataSync()]).toEqual([1, 2])
  })
})
