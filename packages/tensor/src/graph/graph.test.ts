import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import '../index.js'
import { Graph } from './graph.js'
import { GraphNode } from './graph-node.js'
import { topologicalOrder } from './order.js'
import { Value } from './value.js'

const only = (node: GraphNode): Value => {
  const [value] = node.outputs
  if (value === undefined) throw new RangeError('a node without outputs')
  return value
}

const sum = (x: Value): GraphNode =>
  new GraphNode('reduce', [x], [{ shape: [], dtype: x.dtype }], { reduction: 'sum', axes: [0, 1], keepDims: false })

const product = (a: Value, b: Value): GraphNode =>
  new GraphNode('matmul', [a, b], [{ shape: [a.shape[0] ?? 0, b.shape[1] ?? 0], dtype: a.dtype }], {})

/** loss = sum(x · w), and y = x · w twice used. */
const example = (): { x: Value; w: Value; first: GraphNode; loss: GraphNode; graph: Graph } => {
  const x = new Value([2, 3], 'float32', 'x')
  const w = new Value([3, 4], 'float32')
  const first = product(x, w)
  const loss = sum(only(first))
  return { x, w, first, loss, graph: new Graph([first, loss]) }
}

describe('Graph', () => {
  test('finds its inputs and, where none are named, its results', () => {
    const { x, w, loss, graph } = example()
    expect(graph.inputs).toEqual([x, w])
    expect(graph.outputs).toEqual([only(loss)])
  })

  test('an input may be a result', () => {
    const x = new Value([1], 'float32')
    const graph = new Graph([], [x])
    expect(graph.inputs).toEqual([x])
    expect(graph.order()).toEqual([])
  })

  test('values know the node that gives them', () => {
    const { first, x } = example()
    expect(only(first).producer).toBe(first)
    expect(x.producer).toBeUndefined()
  })

  test('orders each node after those that it takes from', () => {
    const { first, loss } = example()
    expect(new Graph([loss, first]).order()).toEqual([first, loss])
  })

  test('leaves out what no result needs', () => {
    const { x, w, first, loss } = example()
    const unused = product(x, w)
    expect(new Graph([first, unused, loss], [only(loss)]).order()).toEqual([first, loss])
  })

  test('is plain data as JSON, the same for equal graphs', () => {
    const expected = {
      values: [
        { id: 0, shape: [2, 3], dtype: 'float32', name: 'x' },
        { id: 1, shape: [3, 4], dtype: 'float32' },
        { id: 2, shape: [2, 4], dtype: 'float32' },
        { id: 3, shape: [], dtype: 'float32' },
      ],
      nodes: [
        { id: 0, op: 'matmul', label: 'matmul', inputs: [0, 1], outputs: [2] },
        { id: 1, op: 'reduce', label: 'sum', inputs: [2], outputs: [3] },
      ],
      outputs: [3],
    }
    expect(example().graph.toJSON()).toEqual(expected)
    expect(JSON.stringify(example().graph)).toBe(JSON.stringify(example().graph))
  })

  test('draws itself for Mermaid', () => {
    expect(example().graph.toMermaid()).toBe(
      [
        'flowchart TD',
        '  v0(["x<br>float32 [2, 3]"])',
        '  v1(["input<br>float32 [3, 4]"])',
        '  n0["matmul"]',
        '  n1["sum"]',
        '  o0(["output<br>float32 []"])',
        '  v0 --> n0',
        '  v1 --> n0',
        '  n0 -->|"float32 [2, 4]"| n1',
        '  n1 --> o0',
        '',
      ].join('\n'),
    )
  })

  test('draws itself for Graphviz', () => {
    expect(example().graph.toDot()).toBe(
      [
        'digraph chainrule {',
        '  node [fontname="sans-serif"]',
        '  v0 [label="x\\nfloat32 [2, 3]", shape=ellipse]',
        '  v1 [label="input\\nfloat32 [3, 4]", shape=ellipse]',
        '  n0 [label="matmul", shape=box]',
        '  n1 [label="sum", shape=box]',
        '  o0 [label="output\\nfloat32 []", shape=ellipse]',
        '  v0 -> n0',
        '  v1 -> n0',
        '  n0 -> n1 [label="float32 [2, 4]"]',
        '  n1 -> o0',
        '}',
        '',
      ].join('\n'),
    )
  })

  test('shows annotations of values', () => {
    const { x, graph } = example()
    const annotate = (value: Value): string | undefined => (value === x ? '= 3' : undefined)
    expect(graph.toMermaid(annotate)).toContain('v0(["x<br>float32 [2, 3]<br>= 3"])')
    expect(graph.toDot(annotate)).toContain('label="x\\nfloat32 [2, 3]\\n= 3"')
  })

  test('quotes names that are special in the pictures', () => {
    const x = new Value([1], 'float32', 'a "b" <c> ] #1')
    const graph = new Graph([], [x])
    expect(graph.toMermaid()).toContain('#quot;b#quot;')
    expect(graph.toDot()).toContain('\\"b\\"')
  })
})

describe('topologicalOrder', () => {
  test('visits a value that is used twice once', () => {
    const x = new Value([1, 1], 'float32')
    const a = product(x, x)
    const b = product(only(a), only(a))
    expect(topologicalOrder([only(b), only(a)])).toEqual([a, b])
  })

  test('does not overflow the stack on long chains', () => {
    let value = new Value([1, 1], 'float32')
    const start = value
    for (let length = 0; length < 50_000; length++) value = only(product(value, start))
    expect(topologicalOrder([value])).toHaveLength(50_000)
  })

  test('orders any graph, each node once', () => {
    const links = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 40 })
    fc.assert(
      fc.property(links, fc.nat(), (pairs, wanted) => {
        const values = [new Value([1, 1], 'float32')]
        for (const [left, right] of pairs) {
          const pick = (place: number): Value => values[place % values.length] ?? new Value([], 'float32')
          values.push(only(product(pick(left), pick(right))))
        }
        const order = topologicalOrder([values[wanted % values.length] ?? new Value([], 'float32')])
        expect(new Set(order).size).toBe(order.length)
        order.forEach((node, place) => {
          for (const { producer } of node.inputs) {
            if (producer !== undefined) expect(order.slice(0, place)).toContain(producer)
          }
        })
      }),
    )
  })
})
