import { DTypeError, GradientError, memory, mul, scope, ShapeError, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, vjp } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

describe('vjp', () => {
  it('pulls any number of gradients back over one run', () => {
    let runs = 0
    const { value, pullback } = vjp(
      (x) => {
        runs += 1
        return x.square()
      },
      double([1, 2]),
    )
    expect(numbers(value)).toEqual([1, 4])
    expect(numbers(pullback(double([1, 0])))).toEqual([2, 0])
    expect(numbers(pullback(double([0, 1])))).toEqual([0, 4])
    expect(numbers(pullback(double([1, 1])))).toEqual([2, 4])
    expect(runs).toBe(1)
  })

  it('gives a list for several arguments, each for itself though they are the same tensor', () => {
    const x = double(3)
    const { pullback } = vjp((a: Tensor, b: Tensor) => mul(a.square(), b), x, x)
    expect(pullback(double(1)).map(numbers)).toEqual([[18], [9]])
  })

  it('takes and gives structures', () => {
    const { value, pullback } = vjp(({ a, b }: { a: Tensor; b: Tensor }) => ({ sum: a.add(b), product: mul(a, b) }), {
      a: double(2),
      b: double(5),
    })
    expect([numbers(value.sum), numbers(value.product)]).toEqual([[7], [10]])
    const gradient = pullback({ sum: double(1), product: double(10) })
    expect([numbers(gradient.a), numbers(gradient.b)]).toEqual([[51], [21]])
  })

  it('finds a structure that a result holds twice at both places', () => {
    const { value, pullback } = vjp((x: Tensor) => {
      const inner = { y: x.mul(2) }
      return [inner, inner]
    }, double(1))
    expect(value).toHaveLength(2)
    expect(numbers(pullback([{ y: double(1) }, { y: double(10) }]))).toEqual([22])
  })

  it('gives zeros where nothing flows', () => {
    const { pullback } = vjp((_: Tensor) => double(1), double([1, 2]))
    expect(numbers(pullback(double(1)))).toEqual([0, 0])
  })

  it('gives a handle of its own where a gradient goes straight through', () => {
    const seed = double([1, 2])
    const gradient = vjp((x: Tensor) => x, double([5, 6])).pullback(seed)
    gradient.dispose()
    expect(numbers(seed)).toEqual([1, 2])
  })

  it('can be pulled back inside another transform: d/ds (s · x²)′ = 2x', () => {
    const { pullback } = vjp((x: Tensor) => x.square(), double(3))
    expect(numbers(grad((s) => pullback(s))(double(5)))).toEqual([6])
  })

  it('outlives the scope that returns its value', () => {
    const { value, pullback } = scope(() => vjp((x: Tensor) => x.exp().square(), double(0)))
    expect(numbers(value)).toEqual([1])
    expect(numbers(pullback(double(1)))).toEqual([2])
  })

  it('releases everything that a pull makes but the gradient', () => {
    scope(() => {
      const { pullback } = vjp((x: Tensor) => x.exp().square(), double(0))
      const seed = double(1)
      const before = memory().tensors
      pullback(seed)
      expect(memory().tensors).toBe(before + 1)
    })
  })

  it('refuses gradients that do not fit the result', () => {
    const { pullback } = vjp((x: Tensor) => [x.square(), x], double([1, 2]))
    expect(() => pullback([double([1, 1])])).toThrow(GradientError)
    expect(() => pullback([double([1, 1]), double(1)])).toThrow(ShapeError)
    expect(() => pullback([double([1, 1]), tensor([1, 1])])).toThrow(DTypeError)
  })
})
