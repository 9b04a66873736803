import { add, div, mul, pow, relu, sub, tanh, type Tensor, type Value } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, Parameter, recordGraph } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

/** Value and gradient of each op of a recorded graph, in order, and of its inputs by name. */
const nodesOf = async (run: () => Tensor, names: Record<string, Tensor>) => {
  const graph = recordGraph(run, { names })
  const readings = await graph.read()
  const at = (value: Value | undefined) => {
    const reading = readings.get(value as Value)
    return [Number(reading?.value), Number(reading?.gradient)]
  }
  return {
    inputs: Object.fromEntries(graph.inputs.map((value) => [value.name, at(value)])),
    ops: graph.order().map((node) => [node.label, ...at(node.outputs[0])]),
  }
}

describe('row 5: the scalar expressions of micrograd, value and gradient per node', () => {
  it('L = (a b + c) f at a = 2, b = −3, c = 10, f = −2', async () => {
    const [a, b, c, f] = [double(2), double(-3), double(10), double(-2)] as const
    const { inputs, ops } = await nodesOf(() => mul(add(mul(a, b), c), f), { a, b, c, f })
    expect(ops).toEqual([
      ['mul', -6, -2],
      ['add', 4, -2],
      ['mul', -8, 1],
    ])
    expect(inputs).toEqual({ a: [2, 6], b: [-3, -4], c: [10, -2], f: [-2, 4] })
  })

  it('a neuron, o = tanh(x₁w₁ + x₂w₂ + b)', async () => {
    // The bias makes tanh′ = ½: o = 1/√2.
    const bias = 6 + Math.atanh(Math.SQRT1_2)
    const [x1, x2, w1, w2, b] = [double(2), double(0), double(-3), double(1), double(bias)] as const
    const { inputs, ops } = await nodesOf(() => tanh(add(add(mul(x1, w1), mul(x2, w2)), b)), { x1, x2, w1, w2, b })
    expect(ops.map(([label]) => label)).toEqual(['mul', 'mul', 'add', 'add', 'tanh'])
    const near = (value: number | string | undefined, expected: number): void => {
      // atanh, a sum of size 6 and tanh: rounding errors of 1e-15.
      expect(Math.abs(Number(value) - expected)).toBeLessThan(2e-15)
    }
    near(ops[4]?.[1], Math.SQRT1_2)
    for (const [, , gradient] of ops.slice(0, 4)) near(gradient, 0.5)
    for (const [name, gradient] of [
      ['x1', -1.5],
      ['w1', 1],
      ['x2', 0.5],
      ['w2', 0],
      ['b', 0.5],
    ] as const) {
      near(inputs[name]?.[1], gradient)
    }
  })

  const expression = (a: Tensor, b: Tensor): Tensor => {
    let c = add(a, b)
    let d = add(mul(a, b), pow(b, 3))
    c = add(c, add(c, 1))
    c = add(c, sub(add(c, 1), a))
    d = add(d, add(mul(d, 2), relu(add(b, a))))
    d = add(d, add(mul(d, 3), relu(sub(b, a))))
    const e = sub(c, d)
    const f = pow(e, 2)
    return add(div(f, 2), div(10, f))
  }

  it('its longer expression at a = −4, b = 2: 24.7041, and 138.8338 and 645.5773', () => {
    const a = new Parameter(double(-4))
    const b = new Parameter(double(2))
    const g = expression(a, b)
    g.backward()
    // Its page prints four decimals.
    expect(numbers(g)[0]).toBeCloseTo(24.7041, 4)
    expect(numbers(a.grad)[0]).toBeCloseTo(138.8338, 4)
    expect(numbers(b.grad)[0]).toBeCloseTo(645.5773, 4)
  })

  it('the gradient of every node is the slope of the result when that node alone is moved', async () => {
    const [a, b] = [double(-4), double(2)]
    const graph = recordGraph(() => expression(a, b))
    const readings = await graph.read()
    const order = graph.order()
    expect(order.length).toBeGreaterThan(15)
    /** Computes the graph on the host, with one value moved. */
    const evaluate = (moved: Value, by: number): number => {
      const values = new Map<Value, number>()
      const put = (value: Value, number: number): void => {
        values.set(value, value === moved ? number + by : number)
      }
      for (const value of graph.inputs) put(value, Number(readings.get(value)?.value))
      for (const node of order) {
        const given = node.inputs.map((value) => values.get(value) ?? 0)
        const attributes = node.attributes as { readonly cells: readonly number[] }
        put(node.outputs[0] as Value, scalar(node.label, given, attributes.cells))
      }
      return values.get(graph.outputs[0] as Value) ?? Number.NaN
    }
    for (const [value, { gradient }] of readings) {
      const step = 1e-6
      const slope = (evaluate(value, step) - evaluate(value, -step)) / (2 * step)
      // Truncation step²/6 times third derivatives of some 10⁴, 1e-9; rounding 1e-14 of a value of 25 over the step, 1e-8.
      expect(Math.abs(slope - Number(gradient))).toBeLessThan(1e-7)
    }
  })
})

/** The ops of the expression on the host; numbers that were operands come in `cells`. */
const scalar = (label: string, given: readonly number[], cells: readonly number[]): number => {
  const [x = 0, y = cells[0] ?? 0] = given
  switch (label) {
    case 'add':
      return x + y
    case 'sub':
      return x - y
    case 'mul':
      return x * y
    case 'div':
      // 10 / f and f / 2: the number stands first in one of them only.
      return cells[0] === 10 ? 10 / x : x / y
    case 'pow':
      return x ** y
    // What pow by 2 becomes.
    case 'square':
      return x * x
    case 'relu':
      return Math.max(x, 0)
    default:
      throw new Error(`an op that the expression does not have: ${label}`)
  }
}

it('row 5: the same through grad', () => {
  const f = (a: Tensor): Tensor => mul(add(mul(a, -3), 10), -2)
  expect(numbers(grad(f)(double(2)))).toEqual([6])
})
