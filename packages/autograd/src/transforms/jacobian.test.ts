import { exp, GradientError, memory, mul, scope, stack, tensor, type Tensor, zeros } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { hessian, hvp, jacobian, Parameter } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

const modes = ['reverse', 'forward'] as const

describe.each(modes)('jacobian, %s mode', (mode) => {
  it('has a row for each result and a column for each argument', () => {
    const f = (x: Tensor): Tensor => stack([x.sum(), x.prod()])
    const result = jacobian(f, { mode })(double([2, 3, 5]))
    expect(result.shape).toEqual([2, 3])
    expect(numbers(result)).toEqual([1, 1, 1, 15, 10, 6])
  })

  it('has the shape of the result, then that of the argument', () => {
    const result = jacobian((x) => x.sum(0), { mode })(
      double([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    )
    expect(result.shape).toEqual([3, 2, 3])
    expect(numbers(result.sum(1))).toEqual([2, 0, 0, 0, 2, 0, 0, 0, 2])
  })

  it('of a scalar function is its gradient, of a scalar argument the derivative', () => {
    const at = jacobian((x) => x.square().sum(), { mode })(double([1, 2]))
    expect([at.shape, numbers(at)]).toEqual([[2], [2, 4]])
    const curve = jacobian((x) => stack([x, x.square()]), { mode })(double(3))
    expect([curve.shape, numbers(curve)]).toEqual([[2], [1, 6]])
  })

  it('of a function of nothing, or to nothing, is empty', () => {
    const none = double([])
    expect(jacobian((x) => x.square(), { mode })(none).shape).toEqual([0, 0])
    expect(jacobian((x) => x.sum(), { mode })(none).shape).toEqual([0])
    expect(jacobian((x) => x.slice([0], [0]), { mode })(double([1, 2, 3])).shape).toEqual([0, 3])
    expect(jacobian(() => zeros([2, 0], { dtype: 'float64' }), { mode })(double(1)).dtype).toBe('float64')
  })

  it('of a constant is zero', () => {
    expect(numbers(jacobian(() => double([1, 2]), { mode })(double([1])))).toEqual([0, 0])
  })

  it('releases everything in between', () => {
    const x = double([1, 2])
    scope(() => {
      const before = memory().tensors
      jacobian((y) => exp(y).square(), { mode })(x)
      expect(memory().tensors).toBe(before + 1)
    })
  })

  it('flows on to parameters outside', () => {
    const weight = new Parameter(double([2, 3]))
    jacobian((x) => mul(x, weight.square()), { mode })(double([1, 1]))
      .sum()
      .backward()
    expect(numbers(weight.grad)).toEqual([4, 6])
  })

  it('needs floating arguments and results', () => {
    expect(() => jacobian((x) => x.to('float32'), { mode })(tensor([1], { dtype: 'int32' }))).toThrow(GradientError)
    expect(() => jacobian((x) => x.argmax(), { mode })(double([1, 2]))).toThrow('got a result of int32')
    expect(() => jacobian((() => 3) as unknown as (x: Tensor) => Tensor, { mode })(double([1]))).toThrow(GradientError)
  })
})

describe('hessian', () => {
  it('of a quadratic ½ xᵀAx is (A + Aᵀ) / 2', () => {
    const a = double([
      [2, 1],
      [5, 4],
    ])
    const f = (x: Tensor): Tensor => x.matmul(a).dot(x).mul(0.5)
    expect(numbers(hessian(f)(double([7, 8])))).toEqual([2, 3, 3, 4])
  })

  it('of ops whose gradients read their results: e^x, tanh, √x', () => {
    const x = 0.3
    const diagonal = (f: (x: Tensor) => Tensor): number => numbers(hessian((at) => f(at).sum())(double([x])))[0] ?? 0
    const t = Math.tanh(x)
    // A few operations, each rounding by 1e-16.
    expect(diagonal((at) => at.exp())).toBeCloseTo(Math.exp(x), 14)
    expect(diagonal((at) => at.tanh())).toBeCloseTo(-2 * t * (1 - t * t), 14)
    expect(diagonal((at) => at.sqrt())).toBeCloseTo(-0.25 * x ** -1.5, 14)
  })

  it('has the shape of the argument twice', () => {
    const result = hessian((x) => mul(x, x).sum())(
      double([
        [1, 2],
        [3, 4],
      ]),
    )
    expect(result.shape).toEqual([2, 2, 2, 2])
    expect(numbers(result.reshape([4, 4]).sum(0))).toEqual([2, 2, 2, 2])
    expect(hessian((x) => x.square().sum())(double([])).shape).toEqual([0, 0])
  })
})

describe('hvp', () => {
  it('is the Hessian times the vector', () => {
    const f = (x: Tensor): Tensor => exp(x).sum().square()
    const x = double([0.1, 0.2, 0.3])
    const v = double([1, -2, 3])
    const whole = numbers(hessian(f)(x).matmul(v))
    // The same sums of three terms in another order.
    numbers(hvp(f, x, v)).forEach((value, place) => expect(value).toBeCloseTo(whole[place] ?? 0, 12))
  })
})

it('refuses other modes', () => {
  const other = { mode: 'rev' } as unknown as { mode: 'reverse' }
  expect(() => jacobian((x) => x, other)(tensor([1]))).toThrow(
    "jacobian: got mode 'rev', expected 'reverse' or 'forward'.",
  )
})
