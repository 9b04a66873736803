import { add, cos, log, maximum, mul, sin, stack, sub, type Tensor, type Value } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, jacobian, jvp, recordGraph, vjp } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

const f = (x1: Tensor, x2: Tensor): Tensor => sub(add(log(x1), mul(x1, x2)), sin(x2))
const [x1, x2] = [2, 5] as const
const expected = {
  value: Math.log(x1) + x1 * x2 - Math.sin(x2),
  // ∂f/∂x₁ = 1/x₁ + x₂, ∂f/∂x₂ = x₁ − cos x₂
  by1: 1 / x1 + x2,
  by2: x1 - Math.cos(x2),
}

/** A few roundings of numbers of size 10. */
const near = (actual: unknown, wanted: number): void => {
  expect(Math.abs(Number(actual) - wanted)).toBeLessThan(4e-15)
}

describe('row 10: f(x₁, x₂) = ln x₁ + x₁x₂ − sin x₂ at (2, 5)', () => {
  it('reverse mode gives value 11.652 and both derivatives, 5.5 and 1.716, in one pass', () => {
    let runs = 0
    const { value, pullback } = vjp(
      (a: Tensor, b: Tensor) => {
        runs += 1
        return f(a, b)
      },
      double(x1),
      double(x2),
    )
    const [by1, by2] = pullback(double(1))
    near(numbers(value)[0], expected.value)
    near(numbers(by1)[0], expected.by1)
    near(numbers(by2)[0], expected.by2)
    expect(runs).toBe(1)
    expect([expected.value, expected.by1, expected.by2].map((number) => number.toFixed(3))).toEqual([
      '11.652',
      '5.500',
      '1.716',
    ])
  })

  it('forward mode takes a pass for each input', () => {
    let runs = 0
    const along = (d1: number, d2: number): number => {
      const { tangent } = jvp(
        (a: Tensor, b: Tensor) => {
          runs += 1
          return f(a, b)
        },
        [double(x1), double(x2)],
        [double(d1), double(d2)],
      )
      return numbers(tangent)[0] ?? Number.NaN
    }
    near(along(1, 0), expected.by1)
    near(along(0, 1), expected.by2)
    expect(runs).toBe(2)
  })

  it.each([
    [5, 1],
    [1, 5],
    [3, 3],
  ])('%i results of %i inputs: reverse mode runs once and walks back by result, forward mode runs by input', (m, n) => {
    let runs = 0
    let walks = 0
    const g = (at: Tensor): Tensor => {
      runs += 1
      return stack(Array.from({ length: m }, (_, k) => mul(at, k + 1).sum()))
    }
    const at = double(Array.from({ length: n }, (_, k) => k + 1))
    const { value, pullback } = vjp(g, at)
    for (let row = 0; row < value.size; row++) {
      pullback(double(Array.from({ length: m }, (_, k) => Number(k === row))))
      walks += 1
    }
    expect([runs, walks]).toEqual([1, m])
    runs = 0
    const forward = jacobian(g, { mode: 'forward' })(at)
    expect(runs).toBe(n)
    expect(numbers(forward)).toEqual(numbers(jacobian(g)(at)))
  })

  it('the graph shows every step of the reverse pass', async () => {
    const [a, b] = [double(x1), double(x2)]
    const graph = recordGraph(() => f(a, b), { names: { x1: a, x2: b } })
    const readings = await graph.read()
    const nodes = new Map(graph.order().map((node) => [node.label, readings.get(node.outputs[0] as Value)]))
    expect([...nodes.keys()].sort()).toEqual(['add', 'log', 'mul', 'sin', 'sub'])
    // ā₃ = 1 at the result; + and − distribute it.
    expect(nodes.get('sub')?.gradient).toBe(1)
    expect(nodes.get('add')?.gradient).toBe(1)
    expect(nodes.get('log')?.gradient).toBe(1)
    expect(nodes.get('mul')?.gradient).toBe(1)
    expect(nodes.get('sin')?.gradient).toBe(-1)
    // x̄₂ has two ways: −1 · cos x₂ through the sine and 1 · x₁ through the product.
    const [first, second] = graph.inputs.map((value) => readings.get(value)?.gradient)
    near(first, expected.by1)
    near(second, -(numbers(cos(b))[0] ?? Number.NaN) + x1)
  })
})

describe('row 10: patterns in the flow of gradients', () => {
  const gradients = (g: (a: Tensor, b: Tensor) => Tensor, a: number, b: number): number[] =>
    [0, 1].flatMap((argument) => numbers(grad(g, { argument: argument as 0 | 1 })(double(a), double(b))))

  it('+ distributes: both get what came', () => {
    expect(gradients((a, b) => mul(add(a, b), 7), 3, 4)).toEqual([7, 7])
  })

  it('× switches: each gets what came times the other', () => {
    expect(gradients((a, b) => mul(mul(a, b), 7), 3, 4)).toEqual([28, 21])
  })

  it('max selects: max(5, 1) = 5, and only the 5 gets what came', () => {
    expect(numbers(maximum(double(5), double(1)))).toEqual([5])
    expect(gradients((a, b) => mul(maximum(a, b), 7), 5, 1)).toEqual([7, 0])
    expect(gradients((a, b) => mul(maximum(a, b), 7), 1, 5)).toEqual([0, 7])
  })

  it('max of equals has no one to select: each gets half', () => {
    expect(gradients((a, b) => mul(maximum(a, b), 7), 5, 5)).toEqual([3.5, 3.5])
  })

  it('a max over many selects as well', () => {
    expect(numbers(grad((x) => x.max())(double([5, 1, 3])))).toEqual([1, 0, 0])
  })
})
