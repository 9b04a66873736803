import { add, GradientError, mul, scope, tensor, type Tensor, Variable } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, Parameter } from './index.js'
import { numbers } from './numbers.fixture.js'

describe('parameters', () => {
  it('collect a gradient unless they are frozen', () => {
    const x = new Parameter(2)
    const frozen = new Parameter(3)
    frozen.requiresGrad = false
    mul(x, frozen).backward()
    expect(numbers(x.grad)).toEqual([3])
    expect(frozen.grad).toBeUndefined()
    expect(frozen.requiresGrad).toBe(false)
  })

  it('go on collecting where they left off when thawed', () => {
    const x = new Parameter(2)
    x.square().backward()
    x.requiresGrad = false
    expect(x.mul(2).requiresGrad).toBe(false)
    x.requiresGrad = true
    x.square().backward()
    expect(numbers(x.grad)).toEqual([8])
  })

  it('frozen after the forward pass, collect nothing, as in PyTorch', () => {
    const x = new Parameter(2)
    const y = new Parameter(3)
    const product = mul(x, y)
    x.requiresGrad = false
    product.backward()
    expect(x.grad).toBeUndefined()
    expect(numbers(y.grad)).toEqual([2])
  })

  it('are floating', () => {
    expect(() => new Parameter(tensor([1], { dtype: 'int32' }))).toThrow(GradientError)
  })

  it('take a gradient from the user', () => {
    const x = new Parameter([1, 2])
    x.grad = tensor([10, 20])
    x.mul(2).sum().backward()
    expect(numbers(x.grad)).toEqual([12, 22])
  })

  it('give the same handle at each reading', () => {
    const x = new Parameter(1)
    x.mul(2).backward()
    expect(x.grad).toBe(x.grad)
  })
})

describe('plain tensors', () => {
  it('collect no gradient of their own accord', () => {
    const x = tensor([1, 2])
    expect(x.requiresGrad).toBe(false)
    expect(x.grad).toBeUndefined()
    expect(() => {
      x.grad = tensor([1, 2])
    }).toThrow(GradientError)
  })

  it('do with requiresGrad', () => {
    const x = tensor([1, 2])
    x.requiresGrad = true
    x.square().sum().backward()
    expect(numbers(x.grad)).toEqual([2, 4])
  })

  it('do no more without it', () => {
    const x = tensor([1, 2])
    x.requiresGrad = true
    x.requiresGrad = false
    expect(x.square().requiresGrad).toBe(false)
  })

  it('cannot be whole numbers', () => {
    expect(() => {
      tensor([1], { dtype: 'int32' }).requiresGrad = true
    }).toThrow('got int32, expected a floating dtype')
  })

  it('that an op gave cannot be made leaves', () => {
    const inner = new Parameter(1).mul(2)
    expect(inner.requiresGrad).toBe(true)
    expect(inner.grad).toBeUndefined()
    expect(() => {
      inner.requiresGrad = false
    }).toThrow('Use detach()')
  })

  it('detached, share memory and have no graph', () => {
    const x = new Parameter(3)
    const square = x.square()
    const constant = square.detach()
    expect(constant.requiresGrad).toBe(false)
    expect(constant.storage).toBe(square.storage)
    mul(constant, x).backward()
    expect(numbers(x.grad)).toEqual([9])
  })

  it('detached inside a transform, are constants to it', () => {
    expect(numbers(grad((x) => mul(x, x.detach()))(tensor(3)))).toEqual([3])
  })
})

it('a variable that is no parameter collects no gradient', () => {
  const x = new Variable(tensor(2))
  const y = new Parameter(3)
  mul(x, y).backward()
  expect(x.requiresGrad).toBe(false)
  expect(x.grad).toBeUndefined()
})

describe('a gradient that is replaced', () => {
  const step = (x: Parameter): void => {
    x.square().backward()
  }

  it('stays readable to who read it outside the scope of the replacement', () => {
    const x = new Parameter(2)
    step(x)
    const first = x.grad
    scope(() => {
      step(x)
    })
    expect(numbers(first)).toEqual([4])
    expect(numbers(x.grad)).toEqual([8])
  })

  it('goes with the scope in which it was read', () => {
    const x = new Parameter(2)
    let first: Tensor | undefined
    scope(() => {
      step(x)
      first = x.grad
      scope(() => {
        step(x)
      })
      expect(numbers(first)).toEqual([4])
    })
    expect(first?.isDisposed).toBe(true)
    expect(numbers(x.grad)).toEqual([8])
  })

  it('outlives the scope that it was computed in as long as it is the gradient', () => {
    const x = new Parameter(2)
    scope(() => {
      step(x)
    })
    expect(numbers(x.grad)).toEqual([4])
  })
})

describe('the gradient of a plain leaf', () => {
  it('goes with its leaf when the scope of the leaf ends', () => {
    let gradient: Tensor | undefined
    scope(() => {
      const x = tensor([1, 2])
      x.requiresGrad = true
      x.square().sum().backward()
      gradient = x.grad
    })
    expect(gradient?.isDisposed).toBe(true)
  })

  it('stays when the leaf is returned', () => {
    const x = scope(() => {
      const leaf = tensor([1, 2])
      leaf.requiresGrad = true
      leaf.square().sum().backward()
      return leaf
    })
    expect(numbers(x.grad)).toEqual([2, 4])
  })

  it('stays when it was computed in a scope further in', () => {
    const x = tensor([1, 2])
    x.requiresGrad = true
    scope(() => {
      x.square().sum().backward()
    })
    expect(numbers(x.grad)).toEqual([2, 4])
  })

  it('is not computed for a leaf that is gone', () => {
    const weight = new Parameter([3, 4])
    const loss = scope(() => {
      const x = tensor([1, 2])
      x.requiresGrad = true
      return add(mul(x, weight), 0).sum()
    })
    loss.backward()
    expect(numbers(weight.grad)).toEqual([1, 2])
  })
})
