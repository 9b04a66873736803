import { mul, sum } from '@chainrule/tensor'
import { expect, it } from 'vitest'
import { noGrad, Parameter } from './index.js'
import { double, numbers } from './numbers.fixture.js'

it('gradients of a walk with createGraph can be differentiated: d²(x³)/dx² = 6x', () => {
  const x = new Parameter(double([1, 2]))
  mul(x.square(), x).sum().backward({ createGraph: true })
  const first = x.grad
  expect(numbers(first)).toEqual([3, 12])
  x.grad = undefined
  first?.sum().backward()
  expect(numbers(x.grad)).toEqual([6, 12])
})

it('goes to any order: d³(x⁴)/dx³ = 24x', () => {
  const x = new Parameter(double(2))
  let y = x.square().square()
  for (let order = 0; order < 3; order++) {
    x.grad = undefined
    y.backward({ createGraph: true })
    if (x.grad === undefined) throw new Error('no gradient')
    y = x.grad
  }
  expect(numbers(y)).toEqual([48])
})

it('a penalty on the gradient differentiates through it: d/dx (2x)² = 8x', () => {
  const x = new Parameter(double(3))
  const weight = new Parameter(double(1))
  mul(x.square(), weight).backward({ createGraph: true })
  const penalty = x.grad?.square()
  x.grad = undefined
  weight.grad = undefined
  penalty?.backward()
  expect(numbers(x.grad)).toEqual([8 * 3])
  // (2xw)² by w is 8x²w.
  expect(numbers(weight.grad)).toEqual([8 * 9])
})

it('a gradient without createGraph has no graph, also when added to one that has', () => {
  const x = new Parameter(double(3))
  x.square().backward()
  expect(x.grad?.requiresGrad).toBe(false)
  x.square().backward({ createGraph: true })
  expect(x.grad?.requiresGrad).toBe(true)
  x.square().backward()
  expect(x.grad?.requiresGrad).toBe(false)
})

it('records inside noGrad as well, where the graph was made outside', () => {
  const x = new Parameter(double(3))
  const y = mul(x.square(), x)
  noGrad(() => {
    y.backward({ createGraph: true })
  })
  const first = x.grad
  x.grad = undefined
  sum(first ?? x).backward()
  expect(numbers(x.grad)).toEqual([18])
})

it('keeps the graph of the function for another walk', () => {
  const x = new Parameter(double(3))
  const y = x.square()
  y.backward({ createGraph: true })
  y.backward()
  expect(numbers(x.grad)).toEqual([12])
})
