import {
  add,
  dot,
  eye,
  logSoftmax,
  matmul,
  mul,
  norm,
  outer,
  sigmoid,
  softmax,
  square,
  stack,
  sub,
  sum,
  tanh,
  type Tensor,
  transpose,
} from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, jacobian, jvp } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

const W = double([
  [0.5, -1.25, 2],
  [1.5, 0.75, -0.25],
])
const x = double([0.3, -0.7, 1.1])
const y = double([1.2, 0.4, -0.9])
const b = double([0.2, -0.1])
const u = double([0.8, -1.6])

const diagonal = (values: Tensor): Tensor => mul(eye(values.size, { dtype: 'float64' }), values)

/** Shapes alike; elements within a few roundings of sums of products of size 1. */
const expectEqual = (actual: Tensor, expected: Tensor): void => {
  expect(actual.shape).toEqual(expected.shape)
  const wanted = numbers(expected)
  numbers(actual).forEach((value, place) => expect(Math.abs(value - (wanted[place] ?? 0))).toBeLessThan(1e-15 * 4))
}

const modes = ['reverse', 'forward'] as const

describe('row 2: gradients', () => {
  it('of x³ is 3x²', () => {
    expect(numbers(grad((at) => mul(square(at), at))(double(4)))).toEqual([48])
  })

  it('of a function of n numbers has the n partial derivatives', () => {
    const f = (at: Tensor): Tensor => sum(mul(square(at), y))
    expectEqual(grad(f)(x), mul(mul(x, y), 2))
  })
})

describe.each(modes)('row 2: Jacobians, %s mode', (mode) => {
  const J = (f: (at: Tensor) => Tensor, at: Tensor): Tensor => jacobian(f, { mode })(at)

  it('m results of n arguments make an m × n matrix', () => {
    expect(J((at) => matmul(W, at), x).shape).toEqual([2, 3])
  })

  it('an elementwise map has a diagonal one, f′(z) on the diagonal', () => {
    const t = tanh(x)
    expectEqual(J(tanh, x), diagonal(sub(1, square(t))))
    const s = sigmoid(x)
    expectEqual(J(sigmoid, x), diagonal(mul(s, sub(1, s))))
  })

  it('∂(Wx + b)/∂x = W, ∂(Wx + b)/∂b = I, ∂(uᵀh)/∂u = hᵀ', () => {
    expectEqual(
      J((at) => add(matmul(W, at), b), x),
      W,
    )
    expectEqual(
      J((at) => add(matmul(W, x), at), b),
      eye(2, { dtype: 'float64' }),
    )
    const h = tanh(b)
    expectEqual(
      J((at) => dot(at, h), u),
      h,
    )
  })

  it('the chain rule multiplies them: ∂h/∂x = ∂h/∂z ∂z/∂x for h = f(z), z = Wx + b', () => {
    const z = add(matmul(W, x), b)
    const whole = J((at) => tanh(add(matmul(W, at), b)), x)
    expectEqual(
      whole,
      matmul(
        J(tanh, z),
        J((at) => add(matmul(W, at), b), x),
      ),
    )
    expectEqual(whole, matmul(diagonal(sub(1, square(tanh(z)))), W))
  })

  it('of g(f(x)) with f a number to two and g two to two is the product of those of g and f', () => {
    const f = (at: Tensor): Tensor => stack([square(at), at.sin()])
    const g = (at: Tensor): Tensor => {
      const [y1, y2] = [at.select(0, 0), at.select(0, 1)]
      return stack([mul(y1, y2), add(y1.exp(), y2)])
    }
    const at = 0.6
    const whole = J((point) => g(f(point)), double(at))
    expectEqual(whole, matmul(J(g, f(double(at))), J(f, double(at))))
    // ∂g₁ = ∂g₁/∂f₁ ∂f₁/∂x + ∂g₁/∂f₂ ∂f₂/∂x, and ∂g₂ alike
    const [f1, f2] = [at ** 2, Math.sin(at)]
    const [df1, df2] = [2 * at, Math.cos(at)]
    expectEqual(whole, double([f2 * df1 + f1 * df2, Math.exp(f1) * df1 + df2]))
  })
})

describe('row 2: the local error signal of s = uᵀh, h = f(z), z = Wx + b', () => {
  const score = (weight: Tensor, bias: Tensor): Tensor => dot(u, tanh(add(matmul(weight, x), bias)))
  const z = add(matmul(W, x), b)
  // The notes print hᵀ ∘ f′(z) at one place; by the line before it, it is uᵀ ∘ f′(z).
  const delta = mul(u, sub(1, square(tanh(z))))

  it('∂s/∂b = uᵀ diag(f′(z)) I = uᵀ ∘ f′(z) = δ', () => {
    expectEqual(grad((at) => score(W, at))(b), delta)
    expectEqual(matmul(matmul(u, jacobian(tanh)(z)), eye(2, { dtype: 'float64' })), delta)
  })

  it('∂s/∂W = δᵀxᵀ has the shape of W', () => {
    expectEqual(grad((at) => score(at, b))(W), outer(delta, x))
  })
})

describe('row 2: the seven identities', () => {
  const delta = double([0.9, -0.4])

  it('(1) z = Wx: ∂z/∂x = W', () => {
    expectEqual(jacobian((at) => matmul(W, at))(x), W)
  })

  it('(2) z = xW: ∂z/∂x = Wᵀ', () => {
    expectEqual(jacobian((at) => matmul(at, W))(b), transpose(W, 0, 1))
  })

  it('(3) z = x: ∂z/∂x = I', () => {
    expectEqual(jacobian((at) => at)(x), eye(3, { dtype: 'float64' }))
  })

  it('(4) z = f(x), element by element: ∂z/∂x = diag(f′(x)), so that δ ∂z/∂x = δ ∘ f′(x)', () => {
    expectEqual(jacobian((at) => at.sin())(x), diagonal(x.cos()))
    expectEqual(matmul(y, jacobian((at) => at.sin())(x)), mul(y, x.cos()))
  })

  it('(5) z = Wx, δ = ∂J/∂z: ∂J/∂W is the outer product of δ and x', () => {
    expectEqual(grad((at) => dot(delta, matmul(at, x)))(W), outer(delta, x))
    // As ∂z/∂W it has three axes: zₖ depends on the row k of W alone, by x.
    const tensor = jacobian((at) => matmul(at, x))(W)
    expect(tensor.shape).toEqual([2, 2, 3])
    expectEqual(tensor.select(0, 1), double([[0, 0, 0], numbers(x)]))
  })

  it('(6) z = xW, δ = ∂J/∂z: ∂J/∂W = xᵀδ', () => {
    expectEqual(grad((at) => dot(y, matmul(delta, at)))(W), outer(delta, y))
  })

  it('(7) J = CE(y, softmax(θ)): ∂J/∂θ = ŷ − y', () => {
    const truth = double([0, 1, 0])
    const loss = (theta: Tensor): Tensor => mul(sum(mul(truth, logSoftmax(theta, 0))), -1)
    expectEqual(grad(loss)(x), sub(softmax(x, 0), truth))
  })
})

describe('row 2: for practice', () => {
  it('the dot product: ∂(xᵀy)/∂x = yᵀ', () => {
    expectEqual(jacobian((at) => dot(at, y))(x), y)
  })

  it('the product element by element: ∂(x ∘ y)/∂x = diag(y)', () => {
    expectEqual(jacobian((at) => mul(at, y))(x), diagonal(y))
  })

  it('the 2-norm: ∂‖x‖/∂x = xᵀ / ‖x‖', () => {
    expectEqual(jacobian((at) => norm(at))(x), x.div(norm(x)))
  })
})

it('row 2: a Jacobian is the linear map that a function is nearby', () => {
  const f = (at: Tensor): Tensor => tanh(add(matmul(W, at), b))
  const step = mul(y, 1e-4)
  const moved = sub(f(add(x, step)), f(x))
  const linear = matmul(jacobian(f)(x), step)
  expectEqual(jvp(f, x, step).tangent, linear)
  // What is left is of second order: ‖W‖² · 1e-8, about 1e-7 at most.
  numbers(sub(moved, linear)).forEach((rest) => expect(Math.abs(rest)).toBeLessThan(1e-7))
  expect(Math.max(...numbers(linear).map(Math.abs))).toBeGreaterThan(1e-5)
})
