import { cell, memory, mul, scope, tensor, type Tensor, Variable, withRecorder } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { Parameter, vjp } from './index.js'
import { numbers } from './numbers.fixture.js'

describe('what a tape keeps is how things were in the forward pass', () => {
  it('though a parameter is assigned before backward', () => {
    const x = new Parameter([1, 2])
    const loss = x.square().sum()
    x.assign(tensor([100, 200]))
    loss.backward()
    expect(numbers(x.grad)).toEqual([2, 4])
  })

  it('though a variable is assigned before backward', () => {
    const x = new Parameter([1, 2])
    const scale = new Variable(tensor([3, 4]))
    const loss = mul(x, scale).sum()
    scale.assign(tensor([0, 0]))
    loss.backward()
    expect(numbers(x.grad)).toEqual([3, 4])
  })

  it('though a view was taken first and the parameter assigned then', () => {
    const x = new Parameter([1, 2, 3])
    const view = x.narrow(0, 1, 2)
    x.assign(tensor([0, 0, 0]))
    view.square().sum().backward()
    expect(numbers(x.grad)).toEqual([0, 4, 6])
  })

  it('though a cell changes before backward', () => {
    const x = new Parameter(2)
    const rate = cell(3)
    const loss = x.mul(rate)
    rate.set(100)
    loss.backward()
    expect(numbers(x.grad)).toEqual([3])
  })

  it('though every handle on the way is disposed', () => {
    const x = new Parameter(2)
    const factor = tensor(5)
    const product = mul(x, factor)
    const result = product.square()
    product.dispose()
    factor.dispose()
    result.backward()
    result.dispose()
    expect(numbers(x.grad)).toEqual([2 * 10 * 5])
  })
})

describe('backward drops its own holds and nothing else', () => {
  it('handles that the user has stay readable', () => {
    const x = new Parameter([0, 1])
    const inner = x.exp()
    const loss = inner.square().sum()
    loss.backward()
    expect(numbers(inner)).toEqual([1, Math.fround(Math.E)])
    expect(numbers(loss)).toHaveLength(1)
  })

  it('gives back what only the tape held', () => {
    scope(() => {
      const x = new Parameter([1, 2])
      const loss = x.exp().square().sum()
      const before = memory().tensors
      loss.backward()
      // The square kept e^x, and the exponential its own result; the gradient is new.
      expect(memory().tensors).toBe(before - 2 + 1)
    })
  })

  it('keeps it with retainGraph', () => {
    scope(() => {
      const x = new Parameter([1, 2])
      const loss = x.exp().square().sum()
      const before = memory().tensors
      loss.backward({ retainGraph: true })
      expect(memory().tensors).toBe(before + 1)
    })
  })

  it('leaves a constant of a captured function alone', () => {
    const constant = tensor([1, 2])
    const x = new Parameter([3, 4])
    withRecorder({ kind: 'capture', op: () => undefined }, () => {
      mul(x, constant).sum().backward()
    })
    expect(numbers(constant)).toEqual([1, 2])
  })
})

describe('traces', () => {
  it('of a transform are gone from its arguments when it is done', () => {
    const x = new Parameter([1, 2])
    const count = (tensor: Tensor): number => {
      let traces = 0
      tensor.eachTrace(() => {
        traces += 1
      })
      return traces
    }
    const { pullback } = vjp((y: Tensor) => y.square(), x)
    pullback(tensor([1, 1]))
    expect(count(x)).toBe(1)
  })
})
