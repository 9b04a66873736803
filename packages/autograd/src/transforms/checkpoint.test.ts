import {
  add,
  exp,
  GradientError,
  manualSeed,
  memory,
  mul,
  rand,
  scope,
  tensor,
  type Tensor,
  Variable,
  zeros,
} from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { checkpoint, grad, hessian, jvp, noGrad, Parameter } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

const f = (x: Tensor): Tensor => mul(exp(x.sin()), x)

describe('a checkpoint changes no number', () => {
  it('of values and gradients', () => {
    const x = double([0.5, 2])
    expect(numbers(checkpoint(f)(x))).toEqual(numbers(f(x)))
    expect(numbers(grad((y) => checkpoint(f)(y).sum())(x))).toEqual(numbers(grad((y) => f(y).sum())(x)))
  })

  it('of second derivatives and of tangents', () => {
    const x = double([0.5, 2])
    const v = double([1, -1])
    expect(numbers(hessian((y) => checkpoint(f)(y).sum())(x))).toEqual(numbers(hessian((y) => f(y).sum())(x)))
    expect(numbers(jvp(checkpoint(f), x, v).tangent)).toEqual(numbers(jvp(f, x, v).tangent))
  })

  it('without gradients', () => {
    expect(noGrad(() => numbers(checkpoint(f)(double(2))))).toEqual(numbers(f(double(2))))
  })

  it('of structures, also where one part is at two places', () => {
    const block = checkpoint(({ a, b }: { a: Tensor; b: Tensor }) => {
      const product = { value: mul(a, b) }
      return [product, product, new Map([['a', a]])] as const
    })
    const a = new Parameter(double(3))
    const [first, second, rest] = block({ a, b: double(5) })
    add(first.value, second.value.mul(10))
      .add(rest.get('a') ?? 0)
      .backward()
    expect(numbers(a.grad)).toEqual([5 + 50 + 1])
  })

  it('of random ones: the recomputation draws what the first run drew', () => {
    const noisy = (x: Tensor): Tensor => mul(x, rand([4], { dtype: 'float64' }))
    const x = new Parameter(double([1, 1, 1, 1]))
    manualSeed(7)
    const y = checkpoint(noisy)(x)
    const next = numbers(rand([1]))
    // Neither later draws nor another seed change what was drawn.
    manualSeed(8)
    y.sum().backward()
    expect(numbers(x.grad)).toEqual(numbers(y))
    manualSeed(7)
    noisy(x)
    expect(numbers(rand([1]))).toEqual(next)
  })

  it('of checkpoints in checkpoints, with their random numbers', () => {
    const inner = checkpoint((x: Tensor) => mul(x, rand([3], { dtype: 'float64' })))
    const outer = checkpoint((x: Tensor) => mul(inner(x), add(rand([3], { dtype: 'float64' }), 1)))
    const x = new Parameter(double([1, 1, 1]))
    const y = outer(outer(x))
    y.sum().backward()
    // y is linear in x = 1, so its gradient is its value, but for the order of the products.
    numbers(x.grad).forEach((value, place) => expect(value).toBeCloseTo(numbers(y)[place] ?? 0, 14))
  })
})

describe('gradients reach what a checkpoint uses from outside', () => {
  it('parameters', () => {
    const weight = new Parameter(double(3))
    const x = new Parameter(double(2))
    checkpoint((y: Tensor) => mul(y.square(), weight))(x).backward()
    expect([numbers(weight.grad), numbers(x.grad)]).toEqual([[4], [12]])
  })

  it('parameters alone, without arguments', () => {
    const weight = new Parameter(double(3))
    checkpoint(() => weight.square())().backward()
    expect(numbers(weight.grad)).toEqual([6])
  })

  it('values computed outside', () => {
    const x = new Parameter(double(3))
    const square = x.square()
    checkpoint((y: Tensor) => mul(y, square))(double(2)).backward()
    expect(numbers(x.grad)).toEqual([12])
  })

  it('what is an argument and used from outside as well', () => {
    const weight = new Parameter(double(3))
    checkpoint((w: Tensor) => mul(w.square(), weight))(weight).backward()
    expect(numbers(weight.grad)).toEqual([27])
  })

  it('what is returned as it came', () => {
    const weight = new Parameter(double(3))
    const [same] = checkpoint((x: Tensor) => [weight, mul(x, weight)])(double(2))
    same?.mul(5).backward()
    expect(numbers(weight.grad)).toEqual([5])
  })

  it('what a transform inside differentiates by', () => {
    const weight = new Parameter(double(3))
    // ∂/∂w (∂(w³)/∂w) = 6w
    checkpoint(() => grad((w) => mul(w.square(), w))(weight))().backward()
    expect(numbers(weight.grad)).toEqual([18])
  })

  it('but nothing frozen', () => {
    const weight = new Parameter(double(3))
    weight.requiresGrad = false
    const x = new Parameter(double(2))
    checkpoint((y: Tensor) => mul(y, weight))(x).backward()
    expect(weight.grad).toBeUndefined()
    expect(numbers(x.grad)).toEqual([3])
  })
})

describe('variables', () => {
  it('that are assigned in between are refused', () => {
    const weight = new Parameter(double(3))
    const y = checkpoint((x: Tensor) => mul(x, weight))(double(2))
    weight.assign(double(4))
    expect(() => {
      y.backward()
    }).toThrow(GradientError)
    expect(weight.grad).toBeUndefined()
  })

  it('that the function itself assigns change once, and count as they were', () => {
    const steps = new Variable(double(1))
    const x = new Parameter(double(2))
    const y = checkpoint((at: Tensor) => {
      const result = mul(at, steps)
      steps.assign(steps.add(1))
      return result
    })(x)
    expect(numbers(steps)).toEqual([2])
    steps.assign(double(10))
    y.backward()
    expect(numbers(x.grad)).toEqual([1])
    expect(numbers(steps)).toEqual([10])
  })
})

describe('memory', () => {
  const layers = 8
  const size = 1000
  const chain = (block: (x: Tensor) => Tensor, x: Tensor): Tensor => {
    let y = x
    for (let layer = 0; layer < layers; layer++) y = block(y)
    return y
  }
  const block = (x: Tensor): Tensor => x.sin().exp().tanh().square().add(1).sqrt()

  const measure = (run: (x: Tensor) => Tensor): { forward: number; backward: number } =>
    scope(() => {
      const x = new Parameter(zeros([size], { dtype: 'float64' }))
      const start = memory().bytes
      const y = run(x).sum()
      const forward = memory().bytes - start
      let backward = 0
      x.registerHook(() => {
        backward = memory().bytes - start
      })
      y.backward()
      return { forward, backward }
    })

  it('is held for the ends of each block only, forward and while the blocks are computed again', () => {
    const plain = measure((x) => chain(block, x))
    const spared = measure((x) => chain(checkpoint(block), x))
    // One result a block, and the sum.
    expect(spared.forward).toBe(layers * size * 8 + 8)
    expect(plain.forward).toBeGreaterThan(5 * spared.forward)
    expect(spared.backward).toBeLessThan(plain.backward / 2)
  })

  it('is given back when backward is done', () => {
    scope(() => {
      const x = new Parameter(zeros([size], { dtype: 'float64' }))
      const before = memory().bytes
      scope(() => {
        chain(checkpoint(block), x).sum().backward()
      })
      expect(memory().bytes).toBe(before + size * 8)
    })
  })
})

it('outlives the scope that returns its result', () => {
  const weight = new Parameter(tensor(3))
  const y = scope(() => checkpoint((x: Tensor) => mul(x.square(), weight))(tensor(2)))
  y.backward()
  expect(numbers(weight.grad)).toEqual([4])
})
