import {
  add,
  matmul,
  mul,
  type OpEvent,
  relu,
  scope,
  sum,
  type Tensor,
  tensor,
  type Value,
  withRecorder,
} from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { defineOp, Parameter, recordGraph } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

/** A gate of the notes: its forward keeps what its backward needs. */
class MultiplyGate {
  #x = 0
  #y = 0

  forward(x: number, y: number): number {
    this.#x = x
    this.#y = y
    return x * y
  }

  /** dL/dx = y · dL/dz, dL/dy = x · dL/dz (the notes write dz/dx for both). */
  backward(dz: number): readonly [number, number] {
    return [this.#y * dz, this.#x * dz]
  }
}

describe('row 4: the gate with forward and backward', () => {
  const multiply = defineOp({
    name: 'MultiplyGate',
    forward: (x: Tensor, y: Tensor) => mul(x, y),
    backward: ({ inputs: [x, y] }, dz) => [y && mul(dz, y), x && mul(dz, x)],
  })

  it('is an op of the library, with the same numbers', () => {
    const gate = new MultiplyGate()
    const x = new Parameter(double(-2))
    const y = new Parameter(double(5))
    const z = multiply(x, y)
    expect(numbers(z)).toEqual([gate.forward(-2, 5)])
    z.backward({ gradient: double(3) })
    expect([...numbers(x.grad), ...numbers(y.grad)]).toEqual(gate.backward(3))
  })
})

describe('row 4: one pass forward in topological order, one back in reverse', () => {
  // q = (x + y) z, the sum taken twice: q = (x + y) · (x + y) z
  const build = () => {
    const [x, y, z] = [double(-2), double(5), double(-4)] as const
    return recordGraph(
      () => {
        const total = add(x, y)
        return mul(total, mul(total, z))
      },
      { names: { x, y, z } },
    )
  }

  it('each op comes after those it takes from', () => {
    const order = build().order()
    order.forEach((node, place) => {
      for (const { producer } of node.inputs) {
        if (producer !== undefined) expect(order.indexOf(producer)).toBeLessThan(place)
      }
    })
    expect(order.map(({ label }) => label)).toEqual(['add', 'mul', 'mul'])
  })

  it('walking the gates by hand along the order gives what the library read', async () => {
    const graph = build()
    const readings = await graph.read()
    const values = new Map<Value, number>()
    for (const value of graph.inputs) values.set(value, Number(readings.get(value)?.value))
    const at = (value: Value | undefined): number => values.get(value as Value) ?? 0
    const gates = graph.order().map((node) => {
      const [left, right] = node.inputs
      const gate = new MultiplyGate()
      const result = node.label === 'mul' ? gate.forward(at(left), at(right)) : at(left) + at(right)
      values.set(node.outputs[0] as Value, result)
      return { node, gate }
    })
    const gradients = new Map<Value, number>([[graph.outputs[0] as Value, 1]])
    for (const { node, gate } of gates.reverse()) {
      const dz = gradients.get(node.outputs[0] as Value) ?? 0
      const [left, right] = node.label === 'mul' ? gate.backward(dz) : [dz, dz]
      node.inputs.forEach((value, place) => {
        // The gradients from all successors of a value are summed.
        gradients.set(value, (gradients.get(value) ?? 0) + (place === 0 ? left : right))
      })
    }
    for (const [value, reading] of readings) {
      expect(reading).toEqual({ value: values.get(value), gradient: gradients.get(value) })
    }
    // (x + y)² z = −36, by x and y 2 (x + y) z = −24, by z (x + y)² = 9
    expect(graph.inputs.map((value) => gradients.get(value))).toEqual([-24, -24, 9])
  })

  it('the walk back visits the ops in reverse', () => {
    const x = new Parameter(double(1))
    const visited: string[] = []
    const named = (name: string, value: Tensor): Tensor => {
      value.registerHook(() => {
        visited.push(name)
      })
      return value
    }
    const first = named('first', x.mul(2))
    const second = named('second', add(first, 1))
    named('third', mul(first, second)).backward()
    expect(visited).toEqual(['third', 'second', 'first'])
  })

  it('∂z/∂x = Σᵢ ∂z/∂yᵢ ∂yᵢ/∂x over the successors y₁ … yₙ of x', () => {
    const x = new Parameter(double(0.5))
    const successors = Array.from({ length: 6 }, (_, power) => x.pow(power + 1))
    successors.reduce(add).backward()
    const expected = successors.reduce((total, _, power) => total + (power + 1) * 0.5 ** power, 0)
    // Powers of two and small whole numbers: nothing rounds.
    expect(numbers(x.grad)).toEqual([expected])
  })
})

describe('row 4: forward and backward cost the same order', () => {
  const width = 32
  const forward = (layers: readonly Parameter[], x: Tensor): Tensor =>
    sum(layers.reduce<Tensor>((h, weight) => relu(matmul(h, weight)), x))

  /** Multiplications of the matrix products, which are nearly all the work. */
  const workOf = (run: () => void): number => {
    let work = 0
    const op = ({ op: name, inputs: [left], outputs: [result] }: OpEvent): void => {
      if (name === 'matmul') work += (left?.shape.at(-1) ?? 0) * (result?.size ?? 0)
    }
    withRecorder({ kind: 'observer', op }, run)
    return work
  }

  const matrix = (seed: number): Tensor =>
    tensor(
      Array.from({ length: width * width }, (_, place) => Math.sin(place + seed) / width),
      { shape: [width, width] },
    )

  it.each([2, 20])('%i layers: a product forward, two back', (depth) => {
    const layers = Array.from({ length: depth }, (_, layer) => new Parameter(matrix(layer)))
    const x = new Parameter(matrix(depth))
    const ratios: number[] = []
    for (let run = 0; run < 9; run++) {
      scope(() => {
        let loss: Tensor = x
        const start = performance.now()
        const there = workOf(() => {
          loss = forward(layers, x)
        })
        const middle = performance.now()
        const back = workOf(() => {
          loss.backward()
        })
        ratios.push((performance.now() - middle) / (middle - start))
        expect(there).toBe(depth * width ** 3)
        expect(back).toBe(2 * there)
      })
    }
    const median = ratios.sort((left, right) => left - right)[ratios.length >> 1] ?? Number.NaN
    console.info(`${depth} layers: backward took ${median.toFixed(1)} times as long as forward, the median of 9 runs`)
  })
})
