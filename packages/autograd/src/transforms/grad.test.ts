import { GradientError, memory, mul, scope, ShapeError, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, Parameter, valueAndGrad } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

describe('grad', () => {
  it('is the derivative of the notes, f(x) = x³ → 3x²', () => {
    expect(numbers(grad((x) => mul(x.square(), x))(double(2)))).toEqual([12])
  })

  it('has the structure of the argument', () => {
    const model = { layers: [{ weight: double([2, 3]) }, { weight: double([5]) }], scale: double(7), name: 'm' }
    const loss = ({ layers, scale }: typeof model): Tensor =>
      mul(
        layers.map(({ weight }) => weight.sum()).reduce((left, right) => left.mul(right)),
        scale,
      )
    const gradient = grad(loss)(model)
    expect(gradient.name).toBe('m')
    expect(gradient.layers.map(({ weight }) => numbers(weight))).toEqual([[35, 35], [35]])
    expect(numbers(gradient.scale)).toEqual([25])
  })

  it('goes through maps and sets as well', () => {
    const gradient = grad((weights: Map<string, Tensor>) =>
      [...weights.values()].reduce((left, right) => left.mul(right)),
    )(
      new Map([
        ['a', double(2)],
        ['b', double(3)],
      ]),
    )
    expect([...gradient].map(([name, value]) => [name, numbers(value)])).toEqual([
      ['a', [3]],
      ['b', [2]],
    ])
  })

  it('differentiates by the argument that is asked for', () => {
    const f = (x: Tensor, y: Tensor): Tensor => mul(x.square(), y).sum()
    expect(numbers(grad(f)(double(3), double(5)))).toEqual([30])
    expect(numbers(grad(f, { argument: 1 })(double(3), double(5)))).toEqual([9])
  })

  it('takes arguments that are no tensors', () => {
    const f = (x: Tensor, power: number): Tensor => x.pow(power).sum()
    expect(numbers(grad(f)(double([1, 2]), 3))).toEqual([3, 12])
  })

  it('tells apart two places that hold the same tensor', () => {
    const x = double(3)
    const f = (a: Tensor, b: Tensor): Tensor => mul(a.square(), b)
    expect(numbers(grad(f)(x, x))).toEqual([18])
    const pair = grad(([a, b]: readonly [Tensor, Tensor]) => mul(a.square(), b))([x, x])
    expect(pair.map(numbers)).toEqual([[18], [9]])
  })

  it('is zero where the function does not depend on the argument', () => {
    const gradient = grad((_: Tensor) => double(1))(double([1, 2]))
    expect(numbers(gradient)).toEqual([0, 0])
    expect(gradient.dtype).toBe('float64')
  })

  it('leaves undefined where a tensor is not floating', () => {
    const batch = { x: double([1, 2]), labels: tensor([0, 1], { dtype: 'int32' }) }
    const gradient = grad(({ x, labels }: typeof batch) => mul(x, labels).sum())(batch)
    expect(numbers(gradient.x)).toEqual([0, 1])
    expect(gradient.labels).toBeUndefined()
  })

  it('does not touch the gradients of parameters', () => {
    const x = new Parameter(double(3))
    expect(numbers(grad((y) => y.square())(x))).toEqual([6])
    expect(x.grad).toBeUndefined()
  })

  it('releases everything in between', () => {
    const x = double([1, 2])
    scope(() => {
      const before = memory()
      const gradient = grad((y) => y.exp().square().sum())(x)
      expect(memory().tensors).toBe(before.tensors + 1)
      expect(memory().bytes).toBe(before.bytes + gradient.size * 8)
    })
  })
})

describe('valueAndGrad', () => {
  it('gives both of one run', () => {
    let runs = 0
    const { value, grad: gradient } = valueAndGrad((x) => {
      runs += 1
      return x.square().sum()
    })(double([1, 2]))
    expect([numbers(value), numbers(gradient), runs]).toEqual([[5], [2, 4], 1])
  })

  it('gives a value whose graph to parameters outside is whole', () => {
    const weight = new Parameter(double(2))
    const { value, grad: gradient } = valueAndGrad((x) => mul(x.square(), weight))(double(3))
    value.backward()
    expect(numbers(weight.grad)).toEqual([9])
    weight.grad = undefined
    gradient.backward()
    expect(numbers(weight.grad)).toEqual([6])
  })
})

describe('grad refuses', () => {
  const refused =
    (f: unknown, x: Tensor = double([1, 2])): (() => unknown) =>
    () =>
      grad(f as (x: Tensor) => Tensor)(x)

  it('functions that return no tensor', () => {
    expect(refused(() => 3)).toThrow(GradientError)
    expect(refused(() => 3)).toThrow('got a function that returns number')
    expect(refused(() => undefined)).toThrow('got a function that returns undefined')
    expect(refused((x: Tensor) => Promise.resolve(x.sum()))).toThrow('got a function that returns a promise')
  })

  it('functions that return more than one element', () => {
    expect(refused((x: Tensor) => x.square())).toThrow(GradientError)
    expect(refused((x: Tensor) => x.square())).toThrow('got a function that returns shape [2], expected one element')
  })

  it('functions that return whole numbers', () => {
    expect(refused((x: Tensor) => x.argmax())).toThrow('got a function that returns int32')
  })

  it('arguments without a floating tensor', () => {
    // The function is not called: what it would say of a plain number is not the point.
    expect(() => grad((x: Tensor) => x.square())(3 as unknown as Tensor)).toThrow(
      'grad: got argument 0 (of 1) without a floating tensor in it',
    )
    expect(refused((x: Tensor) => x.to('float32').sum(), tensor([1], { dtype: 'int32' }))).toThrow(GradientError)
    const f = (x: Tensor, scale: number): Tensor => x.mul(scale)
    expect(() => grad(f, { argument: 1 })(double(1), 2)).toThrow('got argument 1 (of 2) without a floating tensor')
  })

  it('shapes that do not fit, with the error of the op, and works on', () => {
    expect(refused((x: Tensor) => x.matmul(double([1, 2, 3])))).toThrow(ShapeError)
    expect(numbers(grad((x) => x.square())(double(3)))).toEqual([6])
  })
})
