import {
  DTypeError,
  GradientError,
  keptMean,
  logSumExp,
  mean,
  memory,
  mul,
  scope,
  ShapeError,
  softmaxCrossEntropy,
  tensor,
  type Tensor,
  variance,
  zeros,
} from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, jvp, Parameter } from '../index.js'
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

const none = tensor([7, 7], { dtype: 'int32' })
const nothing = (shape: readonly number[]): Tensor => zeros(shape, { dtype: 'float64' })

/** Functions at places where they have no finite value, or none at all, and yet a derivative of 0. */
const degenerate: readonly (readonly [name: string, f: (x: Tensor) => Tensor, at: Tensor])[] = [
  ['logSumExp of nothing but −∞', (x) => logSumExp(x, 1), double([[-Infinity, -Infinity]])],
  ['logSumExp of nothing but −∞, kept', (x) => logSumExp(x, 1, { keepDims: true }), double([[-Infinity, -Infinity]])],
  ['logSumExp of nothing', (x) => logSumExp(x, 1), nothing([2, 0])],
  ['the mean of nothing', (x) => mean(x), nothing([0])],
  ['means of empty rows', (x) => mean(x, 1, { keepDims: true }), nothing([2, 0])],
  ['the variance of nothing', (x) => variance(x), nothing([0])],
  ['the mean of losses of which none counts', (x) => keptMean(x, none, 7), double([1, 2])],
  [
    'a cross-entropy that ignores every target',
    (x) => keptMean(softmaxCrossEntropy(x, none, { axis: 1, ignoreIndex: 7 }), none, 7),
    double([
      [1, 2],
      [3, 4],
    ]),
  ],
]

describe('where the gradient is 0, so is the tangent, also of a result that is infinite or NaN', () => {
  it.each(degenerate)('%s', (_, f, at) => {
    const { value, tangent } = jvp(f, at, at.isfinite().to('float64').add(1))
    expect(tangent.shape).toEqual(value.shape)
    expect(numbers(value).some(Number.isFinite)).toBe(false)
    expect(numbers(tangent).every((slope) => slope === 0)).toBe(true)
    expect(numbers(grad((x: Tensor) => f(x).sum())(at)).every((slope) => slope === 0)).toBe(true)
  })

  it('and a row of −∞ leaves the slopes of the others', () => {
    const at = double([
      [-Infinity, -Infinity],
      [0, 0],
      [-Infinity, 1],
    ])
    const direction = double([
      [1, 2],
      [3, 5],
      [7, 9],
    ])
    // Σ softmax(x) t, with weights ½ each and 0, 1.
    expect(numbers(jvp((x: Tensor) => logSumExp(x, 1), at, direction).tangent)).toEqual([0, 4, 9])
  })
})
