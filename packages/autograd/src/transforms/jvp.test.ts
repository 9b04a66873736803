import { DTypeError, GradientError, memory, mul, scope, ShapeError, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { jvp, Parameter } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

describe('jvp', () => {
  it('is the derivative along a direction', () => {
    const { value, tangent } = jvp((x: Tensor) => x.square(), double([1, 2]), double([1, 10]))
    expect([numbers(value), numbers(tangent)]).toEqual([
      [1, 4],
      [2, 40],
    ])
  })

  it('takes several arguments as lists', () => {
    const { tangent } = jvp((a: Tensor, b: Tensor) => mul(a, b), [double(2), double(5)], [double(1), double(10)])
    expect(numbers(tangent)).toEqual([5 + 20])
  })

  it('tells apart two places that hold the same tensor', () => {
    const x = double(3)
    const { tangent } = jvp((a: Tensor, b: Tensor) => mul(a.square(), b), [x, x], [double(1), double(0)])
    expect(numbers(tangent)).toEqual([18])
  })

  it('takes and gives structures', () => {
    const at = (a: number, b: number) => ({ a: double(a), b: [double(b)] })
    const { value, tangent } = jvp(
      ({ a, b }: ReturnType<typeof at>) => ({ product: mul(a, b[0] as Tensor), a }),
      [at(2, 5)],
      [at(1, 10)],
    )
    expect([numbers(value.product), numbers(value.a)]).toEqual([[10], [2]])
    expect([numbers(tangent.product), numbers(tangent.a)]).toEqual([[25], [1]])
  })

  it('is zero where the function does not depend on its argument', () => {
    const { tangent } = jvp((_: Tensor) => double([1, 2]), double(1), double(1))
    expect(numbers(tangent)).toEqual([0, 0])
  })

  it('does not move whole numbers', () => {
    const counts = tensor([3, 4], { dtype: 'int32' })
    const { tangent } = jvp(
      (x: Tensor, n: Tensor) => mul(x, n),
      [double([1, 2]), counts],
      [double([1, 1]), tensor([9, 9], { dtype: 'int32' })],
    )
    expect(numbers(tangent)).toEqual([3, 4])
  })

  it('takes parameters as constants of the function and as arguments', () => {
    const weight = new Parameter(double(4))
    expect(numbers(jvp((x: Tensor) => mul(x, weight), double(1), double(1)).tangent)).toEqual([4])
    expect(numbers(jvp((w: Tensor) => mul(w, w), weight, double(1)).tangent)).toEqual([8])
  })

  it('gives a handle of its own where a direction goes straight through', () => {
    const direction = double([1, 2])
    jvp((x: Tensor) => x, double([5, 6]), direction).tangent.dispose()
    expect(numbers(direction)).toEqual([1, 2])
  })

  it('releases everything but value and tangent', () => {
    const x = double([1, 2])
    const v = double([1, 0])
    scope(() => {
      const before = memory().tensors
      jvp((y: Tensor) => y.exp().square(), x, v)
      expect(memory().tensors).toBe(before + 2)
    })
  })

  it('refuses tangents that do not fit the primals', () => {
    const f = (x: Tensor, y: Tensor): Tensor => mul(x, y)
    expect(() => jvp(f, [double(1), double(1)], [double(1)] as unknown as [Tensor, Tensor])).toThrow(GradientError)
    expect(() => jvp(f, [double(1), double([1, 2])], [double(1), double(1)])).toThrow(ShapeError)
    expect(() => jvp(f, [double(1), double(2)], [double(1), tensor(1)])).toThrow(DTypeError)
  })
})
