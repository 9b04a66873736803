import { add, GradientError, mul, scope, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { Parameter } from './index.js'
import { numbers } from './numbers.fixture.js'

describe('hooks', () => {
  it('see the whole gradient of a parameter before it is added to what is there', () => {
    const x = new Parameter(3)
    x.square().backward()
    const seen: number[][] = []
    x.registerHook((gradient) => {
      seen.push(numbers(gradient))
    })
    add(x.square(), x).backward()
    expect(seen).toEqual([[7]])
    expect(numbers(x.grad)).toEqual([13])
  })

  it('see the gradients of inner values', () => {
    const x = new Parameter(3)
    const square = x.square()
    const seen: number[][] = []
    square.registerHook((gradient) => {
      seen.push(numbers(gradient))
    })
    square.mul(5).backward()
    expect(seen).toEqual([[5]])
  })

  it('run in the order in which they were registered, each on what the last one gave', () => {
    const x = new Parameter(3)
    const square = x.square()
    square.registerHook((gradient) => gradient.add(1))
    square.registerHook((gradient) => gradient.mul(10))
    square.backward()
    expect(numbers(x.grad)).toEqual([(1 + 1) * 10 * 6])
  })

  it('replace the gradient on the way down from an inner value', () => {
    const x = new Parameter([1, -2])
    const y = x.mul(2)
    y.registerHook((gradient) => gradient.clamp(-1, 1))
    y.mul(tensor([10, -10]))
      .sum()
      .backward()
    expect(numbers(x.grad)).toEqual([2, -2])
  })

  it('can be removed, each registration by itself', () => {
    const x = new Parameter(1)
    let calls = 0
    const hook = (): void => {
      calls += 1
    }
    const removeFirst = x.registerHook(hook)
    x.registerHook(hook)
    x.mul(2).backward()
    expect(calls).toBe(2)
    removeFirst()
    x.mul(2).backward()
    expect(calls).toBe(3)
  })

  it('may be kept: what they are given and make belongs to the caller of backward', () => {
    const x = new Parameter(3)
    const kept: Tensor[] = []
    x.registerHook((gradient) => {
      kept.push(gradient, gradient.mul(2))
    })
    scope(() => {
      x.square().backward()
      expect(kept.map(numbers)).toEqual([[6], [12]])
    })
    expect(kept.map(({ isDisposed }) => isDisposed)).toEqual([true, true])
  })

  it('are part of the graph with createGraph', () => {
    const x = new Parameter(3)
    const y = x.square()
    y.registerHook((gradient) => mul(gradient, x))
    y.backward({ createGraph: true })
    const first = x.grad
    x.grad = undefined
    // The hook makes 2x · x of the gradient 2x.
    first?.backward()
    expect(numbers(x.grad)).toEqual([12])
  })

  it('with createGraph see gradients that can be differentiated, also in a scope', () => {
    scope(() => {
      const x = new Parameter(3)
      const inner = x.square()
      let penalty: Tensor | undefined
      inner.registerHook((gradient) => {
        penalty = gradient.square()
      })
      // h³ by the inner value h = x² is 3h².
      mul(inner.square(), inner).backward({ createGraph: true })
      x.grad = undefined
      penalty?.backward()
      // (3x⁴)² by x: 72 x⁷
      expect(numbers(x.grad)).toEqual([72 * 3 ** 7])
    })
  })

  it('need a tensor with a gradient', () => {
    expect(() => tensor(1).registerHook(() => undefined)).toThrow(GradientError)
  })

  it('give gradients of the same shape and dtype', () => {
    const x = new Parameter([1, 2])
    x.registerHook((gradient) => gradient.sum())
    expect(() => x.square().sum().backward()).toThrow(
      'registerHook: got a gradient of float32 [] from a hook, expected that of the tensor, float32 [2]',
    )
    expect(x.grad).toBeUndefined()
  })
})
