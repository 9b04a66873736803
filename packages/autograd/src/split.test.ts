import { arange, chunk, memory, scope, split, stack, sum, type Tensor, tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, hvp, jvp, Parameter, recordGraph, vjp } from './index.js'

describe('split', () => {
  it('passes the gradients of its pieces back by one concatenation', () => {
    const x = arange(6).to('float64').reshape([3, 2])
    const { pullback } = vjp((input: Tensor) => split(input, [1, 2]), x)
    const seeds = [
      tensor(new Float64Array([1, 2]), { shape: [1, 2] }),
      tensor(new Float64Array([3, 4, 5, 6]), { shape: [2, 2] }),
    ]
    expect([...pullback(seeds).dataSync()]).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('gives zeros to pieces that nothing depends on', () => {
    const x = tensor([1, 2, 3])
    expect([...grad((input: Tensor) => sum(split(input, 1)[1]?.square() ?? input))(x).dataSync()]).toEqual([0, 4, 0])
  })

  it('has tangents and second derivatives', () => {
    const cube = (input: Tensor) => {
      const [first = input, second = input] = chunk(input, 2)
      return sum(first.mul(first).mul(second))
    }
    const x = tensor(new Float64Array([2, 3]))
    const v = tensor(new Float64Array([1, 0]))
    // f = a²b: ∂f/∂a = 2ab = 12; the Hessian's first column is [2b, 2a].
    expect(jvp(cube, [x], [v]).tangent.dataSync()[0]).toBe(12)
    expect([...hvp(cube, x, v).dataSync()]).toEqual([6, 4])
  })

  it('is one node of a graph whatever the number of pieces', () => {
    const x = new Parameter([1, 2, 3, 4])
    const graph = recordGraph(() => stack(split(x, 1)))
    expect(graph.order().filter(({ label }) => label === 'split')).toHaveLength(1)
  })

  it('needs memory in proportion to the sequence, not to its square', () => {
    const steps = 64
    const x = new Parameter(tensor(new Float32Array(steps * 256), { shape: [steps, 256] }))
    scope(() => {
      let state = tensor(new Float32Array(256), { shape: [1, 256] })
      for (const step of split(x, 1)) state = state.add(step).tanh()
      const loss = state.sum()
      const before = memory().bytes
      loss.backward()
      // Gradients of T slices, each padded to the whole, would hold T times the sequence.
      expect(memory().peakBytes - before).toBeLessThan(4 * steps * 256 * 4)
    })
  })
})
