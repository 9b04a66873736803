import { add, DTypeError, GradientError, mul, ShapeError, sum, tensor, type Tensor, zeros } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { backward, Parameter } from './index.js'
import { numbers } from './numbers.fixture.js'

describe('backward sums over every way from the result to a parameter', () => {
  it('adds to the gradient that is there', () => {
    const x = new Parameter([1, 2])
    x.square().sum().backward()
    x.mul(3).sum().backward()
    expect(numbers(x.grad)).toEqual([5, 7])
  })

  it('starts anew once the gradient is undefined', () => {
    const x = new Parameter([1, 2])
    x.square().sum().backward()
    x.grad = undefined
    x.mul(3).sum().backward()
    expect(numbers(x.grad)).toEqual([3, 3])
  })

  it('counts a value that one op takes twice', () => {
    const x = new Parameter([3])
    x.mul(x).backward()
    expect(numbers(x.grad)).toEqual([6])
  })

  it('sums the gradients of the successors of a value, x → (x², 5x) → x² · 5x', () => {
    const x = new Parameter(2)
    mul(x.square(), x.mul(5)).backward()
    expect(numbers(x.grad)).toEqual([15 * 2 ** 2])
  })

  it('runs the rule of an inner value once, after both of its successors', () => {
    const x = new Parameter(2)
    const inner = x.mul(3)
    let calls = 0
    inner.registerHook((gradient) => {
      calls += 1
      expect(numbers(gradient)).toEqual([2 * 6 + 1])
    })
    add(inner.square(), inner).backward()
    expect(calls).toBe(1)
    expect(numbers(x.grad)).toEqual([39])
  })

  it('walks a diamond of diamonds in linear time: 2^40 ways, 40 sums', () => {
    const x = new Parameter(1)
    let y: Tensor = x
    for (let level = 0; level < 40; level++) y = add(y, y)
    y.backward()
    expect(numbers(x.grad)).toEqual([2 ** 40])
  })

  it('follows a chain of 10,000 ops without running out of stack', () => {
    const x = new Parameter(1)
    let y: Tensor = x
    for (let step = 0; step < 10_000; step++) y = y.mul(1)
    y.backward()
    expect(numbers(x.grad)).toEqual([1])
  })

  it('reaches a parameter that is itself the result', () => {
    const x = new Parameter(7)
    backward(x)
    expect(numbers(x.grad)).toEqual([1])
  })

  it('leaves parameters alone that the result does not depend on', () => {
    const x = new Parameter(1)
    const other = new Parameter(1)
    x.mul(2).backward()
    expect(other.grad).toBeUndefined()
  })

  it('gives each of the results of one op its own gradient', () => {
    const x = new Parameter([3, 1, 2])
    const { values } = x.sort()
    values
      .mul(tensor([1, 10, 100]))
      .sum()
      .backward()
    expect(numbers(x.grad)).toEqual([100, 1, 10])
  })
})

describe('backward starts from a seed', () => {
  it('takes one for results of more than one element', () => {
    const x = new Parameter([1, 2])
    x.square().backward({ gradient: tensor([1, 10]) })
    expect(numbers(x.grad)).toEqual([2, 40])
  })

  it('asks for one there', () => {
    const x = new Parameter([1, 2])
    expect(() => x.square().backward()).toThrow(GradientError)
    expect(() => x.square().backward()).toThrow(
      'backward: got a result of shape [2] and no gradient, expected one element',
    )
  })

  it('needs none for one element of any rank', () => {
    const x = new Parameter([[3]])
    x.square().backward()
    expect(numbers(x.grad)).toEqual([6])
  })

  it('refuses one of another shape', () => {
    const x = new Parameter([1, 2])
    expect(() => x.square().backward({ gradient: tensor([1, 2, 3]) })).toThrow(ShapeError)
  })

  it('refuses one of another dtype', () => {
    const x = new Parameter([1, 2])
    expect(() => x.square().backward({ gradient: tensor([1, 2], { dtype: 'float64' }) })).toThrow(DTypeError)
  })

  it('does not take the seed away from the user', () => {
    const x = new Parameter([1, 2])
    const gradient = tensor([3, 4])
    x.add(0).backward({ gradient })
    x.grad = undefined
    expect(numbers(gradient)).toEqual([3, 4])
  })

  it('keeps a graph behind the seed out of the gradient', () => {
    const x = new Parameter([1, 2])
    const seed = new Parameter([3, 4])
    x.add(0).backward({ gradient: seed })
    expect(x.grad?.requiresGrad).toBe(false)
  })
})

describe('a graph is walked once, unless it is kept', () => {
  it('refuses the second walk', () => {
    const x = new Parameter(3)
    const y = x.square()
    y.backward()
    expect(() => y.backward()).toThrow(GradientError)
    expect(() => y.backward()).toThrow("walked before and released (at 'square')")
    expect(numbers(x.grad)).toEqual([6])
  })

  it('walks it again with retainGraph', () => {
    const x = new Parameter(3)
    const y = x.square()
    y.backward({ retainGraph: true })
    y.backward()
    expect(numbers(x.grad)).toEqual([12])
    expect(() => y.backward()).toThrow(GradientError)
  })

  it('refuses to walk into a part that another result released', () => {
    const x = new Parameter(3)
    const shared = x.square()
    shared.mul(2).backward()
    expect(() => shared.mul(3).backward()).toThrow(GradientError)
  })

  it('writes no gradient when the walk fails on the way', () => {
    const x = new Parameter(3)
    const y = new Parameter(2)
    const inner = x.mul(2)
    inner.registerHook(() => {
      throw new Error('stop')
    })
    expect(() => add(inner, y).backward()).toThrow('stop')
    expect(y.grad).toBeUndefined()
    expect(x.grad).toBeUndefined()
  })
})

describe('backward refuses what has no derivative', () => {
  it('a tensor that no parameter led to', () => {
    expect(() => tensor(1).mul(2).backward()).toThrow(GradientError)
  })

  it('a result in whole numbers', () => {
    const x = new Parameter([1, 3, 2])
    expect(() => x.argmax().backward()).toThrow('got a int32 tensor that no parameter led to')
  })

  it('a frozen parameter', () => {
    const x = new Parameter(1)
    x.requiresGrad = false
    expect(() => x.mul(2).backward()).toThrow(GradientError)
  })
})

describe('shapes and dtypes at the edge', () => {
  it('gradients of empty tensors are empty', () => {
    const x = new Parameter(zeros([0, 3]))
    x.exp().sum().backward()
    expect(x.grad?.shape).toEqual([0, 3])
  })

  it('an empty contraction has zero gradients of full shape', () => {
    const a = new Parameter(zeros([2, 0]))
    const b = new Parameter(zeros([0, 3]))
    const bias = new Parameter(zeros([2, 3]))
    add(a.matmul(b), bias).sum().backward()
    expect([a.grad?.shape, b.grad?.shape]).toEqual([
      [2, 0],
      [0, 3],
    ])
    expect(numbers(bias.grad)).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('whole numbers take part as constants', () => {
    const x = new Parameter([1, 2])
    const counts = tensor([3, 4], { dtype: 'int32' })
    x.mul(counts).sum().backward()
    expect(numbers(x.grad)).toEqual([3, 4])
    expect(x.grad?.dtype).toBe('float32')
  })

  it('a gradient has the shape and dtype of its parameter under broadcasting and promotion', () => {
    const row = new Parameter([[1, 2]])
    const wide = tensor([[1], [2], [3]], { dtype: 'float64' })
    sum(mul(row, wide)).backward()
    expect(row.grad?.shape).toEqual([1, 2])
    expect(row.grad?.dtype).toBe('float32')
    expect(numbers(row.grad)).toEqual([6, 6])
  })
})
