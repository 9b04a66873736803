import { add, exp, mul, sin, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, hessian, hvp, jvp, noGrad, Parameter, vjp } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

const derivative = (f: (x: Tensor) => Tensor): ((x: Tensor) => Tensor) => {
  const one = double(1)
  return (x) => jvp(f, x, one).tangent
}

describe('derivatives of derivatives, f(x) = x · e^x · sin x', () => {
  const f = (x: Tensor): Tensor => mul(mul(x, exp(x)), sin(x))
  // f″ = 2 e^x ((1 + x) cos x + sin x)
  const x = 0.7
  const expected = 2 * Math.exp(x) * ((1 + x) * Math.cos(x) + Math.sin(x))
  const orders: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
    ['reverse over reverse', grad(grad(f))],
    ['forward over reverse', derivative(grad(f))],
    ['reverse over forward', grad(derivative(f))],
    ['forward over forward', derivative(derivative(f))],
    ['hessian', hessian(f)],
    ['hvp', (at) => hvp(f, at, double(1))],
  ]

  it.each(orders)('%s', (_, second) => {
    // A dozen operations of relative error 1e-16 each.
    expect(Math.abs((numbers(second(double(x)))[0] ?? Number.NaN) - expected)).toBeLessThan(1e-14 * expected)
  })

  it('five levels deep, d⁵(x⁶)/dx⁵ = 720x, in alternating modes', () => {
    const power = (at: Tensor): Tensor => mul(at.square(), at).square()
    const fifth = grad(derivative(grad(derivative(grad(power)))))
    expect(numbers(fifth(double(2)))).toEqual([1440])
  })
})

describe('levels do not confuse each other', () => {
  const modes: readonly (readonly [string, (f: (x: Tensor) => Tensor) => (x: Tensor) => Tensor])[] = [
    ['reverse', (f) => grad(f)],
    ['forward', derivative],
  ]
  const pairs = modes.flatMap(([outer, d]) => modes.map(([inner, e]) => [`${outer} over ${inner}`, d, e] as const))

  it.each(pairs)('%s: d/dx (x · d/dy (x + y)) = 1, not 2', (_, d, e) => {
    const f = (x: Tensor): Tensor => mul(x, e((y) => add(x, y))(double(1)))
    expect(numbers(d(f)(double(5)))).toEqual([1])
  })

  it.each(pairs)('%s: d/dx (x · d/dy (x · y²) at y = x) = 6x²', (_, d, e) => {
    const f = (x: Tensor): Tensor => mul(x, e((y) => mul(x, y.square()))(x))
    expect(numbers(d(f)(double(2)))).toEqual([24])
  })

  it.each(modes)('%s: the same tensor as argument and as constant', (_, d) => {
    const x = double(3)
    expect(numbers(d((y) => mul(x, y))(x))).toEqual([3])
  })
})

describe('transforms and the tape behind backward', () => {
  it('a gradient of grad flows on to parameters outside: ∂/∂w ∂/∂x (w²x²) = 4wx', () => {
    const weight = new Parameter(double(3))
    grad((x) => mul(weight.square(), x.square()))(double(5)).backward()
    expect(numbers(weight.grad)).toEqual([60])
  })

  it('a tangent flows on to parameters outside', () => {
    const weight = new Parameter(double(3))
    jvp((x: Tensor) => exp(mul(weight, x)), double(0), double(2)).tangent.backward()
    // d/dw of 2 w e^{0 w}
    expect(numbers(weight.grad)).toEqual([2])
  })

  it('backward inside a function that is differentiated is differentiated: d/dx (∂(w x²)/∂w) = 2x', () => {
    const weight = new Parameter(double(3))
    const inner = (x: Tensor): Tensor => {
      weight.grad = undefined
      mul(weight, x.square()).backward()
      if (weight.grad === undefined) throw new Error('no gradient')
      return weight.grad
    }
    expect(numbers(grad(inner)(double(5)))).toEqual([10])
    expect(numbers(derivative(inner)(double(5)))).toEqual([10])
  })

  it('backward inside keeps what the outer level needs of results: d/dx (∂ e^{wx}/∂w) = (1 + wx) e^{wx}', () => {
    const weight = new Parameter(double(0))
    const inner = (x: Tensor): Tensor => {
      weight.grad = undefined
      exp(mul(weight, x)).backward()
      if (weight.grad === undefined) throw new Error('no gradient')
      return mul(weight.grad, exp(x))
    }
    // x e^{wx} e^x at w = 0, x = 1: (1 + x) e^x
    // One multiplication of e, which rounds once.
    expect(Math.abs((numbers(grad(inner)(double(1)))[0] ?? 0) - 2 * Math.E)).toBeLessThan(1e-15 * 2 * Math.E)
  })

  it('grad inside noGrad differentiates, and leaves no graph to parameters', () => {
    const weight = new Parameter(double(3))
    const gradient = noGrad(() => grad((x) => mul(weight, x.square()))(double(5)))
    expect(numbers(gradient)).toEqual([30])
    expect(gradient.requiresGrad).toBe(false)
  })
})

describe('an exception inside leaves nothing behind', () => {
  const stop = (_: Tensor): never => {
    throw new Error('stop')
  }

  it.each([
    ['grad', () => grad(stop)(double(1))],
    ['vjp', () => vjp(stop, double(1))],
    ['jvp', () => jvp(stop, double(1), double(1))],
    ['grad of jvp', () => grad((x) => jvp(stop, x, double(1)).tangent)(double(1))],
    [
      'a hook',
      () => {
        const x = new Parameter(1)
        x.registerHook(stop)
        x.mul(2).backward()
      },
    ],
    ['an op', () => grad((x) => x.matmul(tensor([[1]], { dtype: 'float64' })).reshape([7]))(double([[1]]))],
  ])('of %s', (_, run) => {
    expect(run).toThrow()
    const x = new Parameter(double(3))
    const y = x.square()
    y.backward()
    expect(numbers(x.grad)).toEqual([6])
    expect(numbers(grad(grad((at) => at.square()))(double(3)))).toEqual([2])
  })
})
