import { add, mul, sub, type Tensor } from '@chainrule/tensor'
import { expect, it } from 'vitest'
import { grad, Parameter } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

const read = (x: Tensor): number => numbers(x)[0] ?? Number.NaN

it('row 11: an if on the data differentiates the branch that was taken', () => {
  const f = (x: Tensor): Tensor => (read(x) > 0 ? x.square() : x.mul(-3))
  expect(numbers(grad(f)(double(2)))).toEqual([4])
  expect(numbers(grad(f)(double(-2)))).toEqual([-3])
})

it('row 11: a loop until a bound differentiates the rounds that were made', () => {
  // Doubling 3 until it passes 40 takes four rounds: 16x.
  const double40 = (x: Tensor): Tensor => {
    let y = x
    while (read(y) < 40) y = y.mul(2)
    return y
  }
  expect(numbers(grad(double40)(double(3)))).toEqual([16])
  expect(numbers(grad(double40)(double(30)))).toEqual([2])
})

it('row 11: a recursion differentiates: x^n by squaring', () => {
  const power = (x: Tensor, n: number): Tensor => {
    if (n === 1) return x
    const half = power(x, Math.floor(n / 2))
    return n % 2 === 0 ? half.square() : mul(half.square(), x)
  }
  expect(numbers(grad((x: Tensor) => power(x, 5))(double(2)))).toEqual([5 * 2 ** 4])
})

it('row 11: Newton’s iteration differentiates: d√a/da', () => {
  const root = (a: Tensor): Tensor => {
    let x = a
    // Until the square is as exact as float64 can be.
    while (Math.abs(read(x) ** 2 - read(a)) > 1e-15 * read(a)) x = add(x, a.div(x)).mul(0.5)
    return x
  }
  // The iteration has the derivative's own error: squared at each round, so 1e-15 of the value after the last.
  expect(Math.abs((numbers(grad(root)(double(2)))[0] ?? 0) - 0.5 / Math.SQRT2)).toBeLessThan(1e-15)
})

it('row 11: a graph goes on after a gradient was taken', () => {
  const x = new Parameter(double(2))
  const y = x.square()
  y.backward({ retainGraph: true })
  expect(numbers(x.grad)).toEqual([4])
  const z = mul(y, x)
  x.grad = undefined
  z.backward()
  expect(numbers(x.grad)).toEqual([12])
})

it('row 11: gradients are taken, nodes are added, and so on: descent is differentiated by its rate', () => {
  const rate = new Parameter(double(0.1))
  let x: Tensor = double(1)
  for (let step = 0; step < 3; step++) {
    // ½ x⁴ by x is 2x³, taken anew at each step as ops of the graph.
    const slope = grad((at) => mul(at.square().square(), 0.5))(x)
    x = sub(x, mul(rate, slope))
  }
  x.backward()
  // The same by hand: x ← x − r · 2x³ and dx ← dx − 2x³ − r · 6x² · dx.
  let [value, by] = [1, 0]
  for (let step = 0; step < 3; step++) {
    ;[value, by] = [value - 0.1 * 2 * value ** 3, by - 2 * value ** 3 - 0.1 * 6 * value ** 2 * by]
  }
  // A dozen roundings of numbers of size 1.
  expect(Math.abs((numbers(x)[0] ?? 0) - value)).toBeLessThan(1e-15 * 4)
  expect(Math.abs((numbers(rate.grad)[0] ?? 0) - by)).toBeLessThan(1e-15 * 8)
})
