import { ArgumentError, GradientError, mul, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { defineOp, grad, hessian, jvp, Parameter, recordGraph, vjp } from './index.js'
import { double, numbers } from './numbers.fixture.js'

const multiply = defineOp({
  name: 'multiply',
  forward: (x, y) => x.mul(y),
  backward: ({ inputs: [x, y] }, dz) => [x && y && dz.mul(y), x && dz.mul(x)],
  jvp: ({ inputs: [x, y] }, dx, dy) => {
    const terms = [dx && y?.mul(dx), dy && x?.mul(dy)].filter((term) => term !== undefined)
    return terms.reduce((left, right) => left.add(right))
  },
})

describe('defineOp', () => {
  it('makes an op of a value and its derivative', () => {
    const x = new Parameter(double(3))
    const y = new Parameter(double(4))
    const z = multiply(x, y)
    z.backward({ gradient: double(10) })
    expect([numbers(z), numbers(x.grad), numbers(y.grad)]).toEqual([[12], [40], [30]])
  })

  it('may compute on the host', () => {
    const floorSquare = defineOp({
      name: 'floorSquare',
      forward: (x: Tensor) => double(Math.floor((numbers(x)[0] ?? 0) ** 2)),
      backward: ({ inputs: [x] }, dy) => dy.mul(2).mul(x ?? 0),
    })
    expect(numbers(floorSquare(double(2.5)))).toEqual([6])
    expect(numbers(grad((x) => floorSquare(x))(double(2.5)))).toEqual([5])
  })

  it('is differentiated twice through a backward written with ops', () => {
    const f = (x: Tensor): Tensor => multiply(multiply(x, x), x)
    expect(numbers(grad(grad(f))(double(2)))).toEqual([12])
    expect(numbers(hessian(f)(double(2)))).toEqual([12])
  })

  it('goes forward by its jvp', () => {
    const { value, tangent } = jvp(
      (x: Tensor, y: Tensor) => multiply(x, y),
      [double(3), double(4)],
      [double(1), double(10)],
    )
    expect([numbers(value), numbers(tangent)]).toEqual([[12], [34]])
  })

  it('says so where it has none', () => {
    const gate = defineOp({ name: 'gate', forward: (x: Tensor) => x.mul(2), backward: (_, dy) => dy.mul(2) })
    expect(() => jvp((x: Tensor) => gate(x), double(1), double(1))).toThrow(GradientError)
    expect(() => jvp((x: Tensor) => gate(x), double(1), double(1))).toThrow('Add jvp to defineOp')
  })

  it('gives several results, with zeros for those that nothing came back to', () => {
    const seen: number[][] = []
    const sumAndProduct = defineOp({
      name: 'sumAndProduct',
      forward: (x: Tensor, y: Tensor): readonly [Tensor, Tensor] => [x.add(y), x.mul(y)],
      backward: ({ inputs: [x, y] }, ds, dp) => {
        seen.push(numbers(ds), numbers(dp))
        return [dp && y && ds?.add(dp.mul(y)), dp && x && ds?.add(dp.mul(x))]
      },
    })
    const { value, pullback } = vjp((x: Tensor, y: Tensor) => sumAndProduct(x, y), double(3), double(5))
    expect(value.map(numbers)).toEqual([[8], [15]])
    expect(pullback([double(1), double(10)]).map(numbers)).toEqual([[51], [31]])
    const x = new Parameter(double(3))
    seen.length = 0
    sumAndProduct(x, double(5))[1].backward()
    expect(seen).toEqual([[0], [1]])
    expect(numbers(x.grad)).toEqual([5])
  })

  it('may give back an input as it is', () => {
    const pass = defineOp({ name: 'pass', forward: (x: Tensor) => x, backward: (_, dy) => dy.mul(-1) })
    const x = new Parameter(double(3))
    mul(pass(x), double(2)).backward()
    expect(numbers(x.grad)).toEqual([-2])
    x.grad = undefined
    x.mul(2).backward()
    expect(numbers(x.grad)).toEqual([2])
  })

  it('is told which inputs need a gradient', () => {
    const needs: (readonly boolean[])[] = []
    const gate = defineOp({
      name: 'gate',
      forward: (x: Tensor, y: Tensor) => x.mul(y),
      backward: (context, dz) => {
        needs.push(context.needs)
        return [undefined, dz]
      },
    })
    const y = new Parameter(double(1))
    gate(double(3), y).backward()
    expect(needs).toEqual([[false, true]])
    expect(numbers(y.grad)).toEqual([1])
  })

  it('has its name in graphs', () => {
    const graph = recordGraph(() => multiply(tensor(1), tensor(2)))
    expect(graph.order().map(({ label }) => label)).toEqual(['multiply'])
  })
})

describe('defineOp refuses', () => {
  const withBackward = (backward: () => readonly (Tensor | undefined)[]): (() => void) => {
    const gate = defineOp({ name: 'gate', forward: (x: Tensor, y: Tensor) => x.mul(y), backward })
    return () => {
      gate(new Parameter(double([1, 2])), double([3, 4]))
        .sum()
        .backward()
    }
  }

  it('another number of gradients than inputs', () => {
    expect(withBackward(() => [double([1, 2])])).toThrow(GradientError)
    expect(withBackward(() => [double([1, 2])])).toThrow(
      'gate: got 1 gradients from its backward, expected one for each of its 2 inputs',
    )
  })

  it('gradients of another shape or dtype than the input', () => {
    expect(withBackward(() => [double(1), undefined])).toThrow(
      'gate: got a gradient of float64 [] from its backward, expected that of input 0, float64 [2]',
    )
    expect(withBackward(() => [tensor([1, 2]), undefined])).toThrow('got a gradient of float32 [2]')
  })

  it('tangents of another shape than the output', () => {
    const gate = defineOp({
      name: 'gate',
      forward: (x: Tensor) => x.sum(),
      backward: (_, dy) => dy,
      jvp: (_, dx) => dx ?? double(0),
    })
    expect(() => jvp((x: Tensor) => gate(x), double([1, 2]), double([1, 2]))).toThrow('expected that of output 0')
  })

  it('a forward without tensors', () => {
    const gate = defineOp({
      name: 'gate',
      forward: (() => 3) as unknown as () => Tensor,
      backward: () => [],
    })
    expect(() => gate()).toThrow(ArgumentError)
  })
})
