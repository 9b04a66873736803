import { add, GradientError, memory, mul, scope, tensor, type Tensor, type Value } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { Parameter, recordGraph } from './index.js'
import { double, numbers } from './numbers.fixture.js'

const record = () => {
  const a = double(2)
  const b = double(3)
  return recordGraph(() => add(mul(a, b), a), { names: { a, b } })
}

describe('recordGraph', () => {
  it('finds every op, in an order in which each comes after those it takes from', () => {
    const graph = record()
    expect(graph.nodes.map(({ label }) => label)).toEqual(['mul', 'add'])
    expect(graph.order().map(({ label }) => label)).toEqual(['mul', 'add'])
    expect(graph.inputs.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('reads values and gradients, d(ab + a) = (b + 1, a)', async () => {
    const graph = record()
    const readings = await graph.read()
    const [product, sum] = graph.order().map(({ outputs }) => outputs[0] as Value)
    const [a, b] = graph.inputs
    const at = (value: Value | undefined) => readings.get(value as Value)
    expect(at(a)).toEqual({ value: 2, gradient: 4 })
    expect(at(b)).toEqual({ value: 3, gradient: 2 })
    expect(at(product)).toEqual({ value: 6, gradient: 1 })
    expect(at(sum)).toEqual({ value: 8, gradient: 1 })
    expect(readings.size).toBe(4)
  })

  it('draws itself for Mermaid', () => {
    expect(record().toMermaid()).toBe(
      [
        'flowchart TD',
        '  v0(["a<br>float64 []"])',
        '  v1(["b<br>float64 []"])',
        '  n0["mul"]',
        '  n1["add"]',
        '  o0(["output<br>float64 []"])',
        '  v0 --> n0',
        '  v1 --> n0',
        '  n0 -->|"float64 []"| n1',
        '  v0 --> n1',
        '  n1 --> o0',
        '',
      ].join('\n'),
    )
  })

  it('draws itself for Graphviz, with notes at the values', async () => {
    const graph = record()
    const readings = await graph.read()
    const dot = graph.toDot((value) => String(readings.get(value)?.value))
    expect(dot).toContain('  v0 [label="a\\nfloat64 []\\n2", shape=ellipse]')
    expect(dot).toContain('  n0 -> n1 [label="float64 []\\n6"]')
    expect(dot.startsWith('digraph chainrule {')).toBe(true)
  })

  it('is plain data, the same for the same function', () => {
    const json = JSON.stringify(record())
    expect(JSON.stringify(record())).toBe(json)
    expect(JSON.parse(json)).toEqual({
      values: [
        { id: 0, shape: [], dtype: 'float64', name: 'a' },
        { id: 1, shape: [], dtype: 'float64', name: 'b' },
        { id: 2, shape: [], dtype: 'float64' },
        { id: 3, shape: [], dtype: 'float64' },
      ],
      nodes: [
        { id: 0, op: 'map', label: 'mul', inputs: [0, 1], outputs: [2] },
        { id: 1, op: 'map', label: 'add', inputs: [2, 0], outputs: [3] },
      ],
      outputs: [3],
    })
  })

  it('follows several results, without gradients', async () => {
    const a = double(2)
    const graph = recordGraph(() => ({ double: a.mul(2), square: a.square() }))
    expect(graph.outputs).toHaveLength(2)
    expect([...(await graph.read()).values()]).toEqual([
      { value: 2, gradient: undefined },
      { value: 4, gradient: undefined },
      { value: 4, gradient: undefined },
    ])
  })

  it('includes what leads to whole numbers', async () => {
    const graph = recordGraph(() => double([1, 3, 2]).argmax())
    expect(graph.order().map(({ label }) => label)).toEqual(['argmax'])
    expect([...(await graph.read()).values()].map(({ value }) => value)).toEqual([[1, 3, 2], 1])
  })

  it('takes a result that no op gave', async () => {
    const x = double(5)
    const graph = recordGraph(() => x, { names: { x } })
    expect([...(await graph.read()).values()]).toEqual([{ value: 5, gradient: 1 }])
  })

  it('refuses functions without a tensor', () => {
    expect(() => recordGraph(() => 3)).toThrow(GradientError)
  })
})

describe('a recorded graph leaves everything else as it was', () => {
  const traces = (x: Tensor): number => {
    let count = 0
    x.eachTrace(() => {
      count += 1
    })
    return count
  }

  it('parameters and their gradients', () => {
    const x = new Parameter(double(3))
    const before = traces(x)
    recordGraph(() => x.square())
    expect(traces(x)).toBe(before)
    expect(x.grad).toBeUndefined()
    x.square().backward()
    expect(numbers(x.grad)).toEqual([6])
  })

  it('when the function throws', () => {
    const x = new Parameter(double(3))
    expect(() =>
      recordGraph(() => {
        x.square()
        throw new Error('stop')
      }),
    ).toThrow('stop')
    expect(traces(x)).toBe(1)
  })
})

describe('the values of a recorded graph', () => {
  it('outlive the scope in which it was recorded', async () => {
    const graph = scope(() => record())
    expect((await graph.read()).size).toBe(4)
  })

  it('go with dispose', async () => {
    const before = memory().tensors
    const graph = scope(() => record())
    expect(memory().tensors).toBeGreaterThan(before)
    graph.dispose()
    expect(memory().tensors).toBe(before)
    await expect(graph.read()).rejects.toThrow('disposed')
    expect(graph.order()).toHaveLength(2)
  })

  it('are those of the run, though variables change', async () => {
    const x = new Parameter(double(3))
    const graph = recordGraph(() => x.square(), { names: { x } })
    x.assign(double(100))
    expect([...(await graph.read()).values()].map(({ value }) => value)).toEqual([3, 9])
  })

  it('stay apart from the tensors of the user', async () => {
    const x = tensor(3)
    const graph = recordGraph(() => x.mul(1))
    x.dispose()
    expect([...(await graph.read()).values()].map(({ value }) => value)).toEqual([3, 3])
  })
})
