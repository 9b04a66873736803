import { add, exp, memory, mul, scope, ScopeError, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, jvp, Parameter, vjp } from './index.js'
import { double, numbers } from './numbers.fixture.js'

describe('a scope keeps what the graph of its result needs', () => {
  it('so that backward works outside', () => {
    const x = new Parameter(double(2))
    const loss = scope(() => exp(x).square().sin())
    loss.backward()
    const e = Math.exp(2)
    // Five operations, each rounding by 1e-16 of values up to 200.
    expect(numbers(x.grad)[0]).toBeCloseTo(2 * e * e * Math.cos(e * e), 12)
  })

  it('and gives the rest back', () => {
    const x = new Parameter(double([1, 2]))
    scope(() => {
      const before = memory().tensors
      const loss = scope(() => {
        exp(x).sin()
        return x.square().sum()
      })
      // The sum, and what its square keeps.
      expect(memory().tensors).toBe(before + 2)
      loss.backward()
      expect(memory().tensors).toBe(before + 2)
      x.grad = undefined
    })
  })

  it('through any number of scopes, each inside the last', () => {
    const x = new Parameter(double(1))
    const deeper = (depth: number, y: Tensor): Tensor =>
      depth === 0
        ? y
        : scope(() =>
            deeper(depth - 1, y.mul(2))
              .square()
              .sqrt(),
          )
    deeper(10, x).backward()
    // Powers of two all the way, so nothing rounds.
    expect(numbers(x.grad)).toEqual([1024])
  })

  it('one after another, each going on with the last', () => {
    const x = new Parameter(double(1))
    let y: Tensor = x
    for (let step = 0; step < 2000; step++) {
      const last = y
      y = scope(() => last.mul(1).add(0))
    }
    y.backward()
    expect(numbers(x.grad)).toEqual([1])
  })

  it('of every level that still differentiates it', () => {
    const weight = new Parameter(double(3))
    const x = double(2)
    const inside = (y: Tensor): Tensor => scope(() => mul(exp(mul(y, weight)), y))
    // ∂/∂y (y e^{wy}) = (1 + wy) e^{wy}; its ∂/∂w = (2 + wy) y e^{wy}
    const e = Math.exp(6)
    const gradient = scope(() => grad(inside)(x))
    gradient.backward()
    // A dozen operations of relative error 1e-16.
    expect(Math.abs((numbers(gradient)[0] ?? 0) / (7 * e) - 1)).toBeLessThan(1e-14)
    expect(Math.abs((numbers(weight.grad)[0] ?? 0) / (16 * e) - 1)).toBeLessThan(1e-14)
    const tangent = jvp(inside, x, double(1)).tangent
    expect(Math.abs((numbers(tangent)[0] ?? 0) / (7 * e) - 1)).toBeLessThan(1e-14)
  })

  it('of two tapes that keep parts of each other, 3000 ops long', () => {
    const weight = new Parameter(double(1))
    const { value, pullback } = scope(() =>
      vjp((x: Tensor) => {
        let y = x
        for (let step = 0; step < 1000; step++) y = exp(mul(y, weight)).log()
        return y
      }, double(1)),
    )
    // Each step is y ↦ w y, exact in float64 at 1 but for e and its logarithm: 1e-16 a step.
    expect(Math.abs((numbers(pullback(double(1)))[0] ?? 0) - 1)).toBeLessThan(1e-12)
    value.backward()
    expect(Math.abs((numbers(weight.grad)[0] ?? 0) - 1000)).toBeLessThan(1e-9)
  })

  it('but not the graph of a gradient that outlives it as .grad', () => {
    const x = new Parameter(double(3))
    scope(() => {
      x.square().mul(x).backward({ createGraph: true })
    })
    expect(numbers(x.grad)).toEqual([27])
    expect(() => x.grad?.backward()).toThrow('Return it from its scope')
  })
})

describe('a scope that fails', () => {
  it('gives everything back', () => {
    const x = new Parameter(double([1, 2]))
    const before = memory().tensors
    expect(() =>
      scope(() => {
        exp(x).square()
        throw new Error('stop')
      }),
    ).toThrow('stop')
    expect(memory().tensors).toBe(before)
  })

  it('also where an async function was given', () => {
    const before = memory().tensors
    expect(() => scope(() => Promise.resolve(tensor(1)))).toThrow(ScopeError)
    expect(memory().tensors).toBe(before)
  })

  it('and leaves the scope around it as it was', () => {
    scope(() => {
      const kept = tensor(1)
      expect(() =>
        scope(() => {
          throw new Error('stop')
        }),
      ).toThrow('stop')
      expect(numbers(add(kept, 1))).toEqual([2])
    })
  })
})

describe('what a variable takes over', () => {
  it('outlives the scope it was made in, and the handle does not', () => {
    const x = new Parameter(double([1, 2]))
    const value = scope(() => {
      const next = x.mul(2).detach()
      x.assign(next)
      return [next].length
    })
    expect(value).toBe(1)
    expect(numbers(x)).toEqual([2, 4])
  })

  it('is copied where it is a view, and the copy has no other holder', () => {
    const x = new Parameter(double([1, 2]))
    x.assign(
      double([
        [1, 2],
        [3, 4],
      ]).select(1, 0),
    )
    expect(numbers(x)).toEqual([1, 3])
    expect(x.storage?.references).toBe(1)
  })

  it('made of data, has no other holder', () => {
    const x = new Parameter([1, 2])
    expect(x.storage?.references).toBe(1)
  })
})
