import { add, matmul, memory, relu, scope, sub, tensor, type Tensor, withRecorder, zeros } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { Parameter } from './index.js'
import { numbers } from './numbers.fixture.js'

/** A perceptron of 2 → 3 → 1, written out. */
class Perceptron {
  readonly w1 = new Parameter([
    [0.5, -0.3, 0.8],
    [-0.2, 0.7, 0.1],
  ])
  readonly b1 = new Parameter([0.1, 0, -0.1])
  readonly w2 = new Parameter([[0.3], [-0.6], [0.9]])
  readonly b2 = new Parameter([0])

  get parameters(): readonly Parameter[] {
    return [this.w1, this.b1, this.w2, this.b2]
  }

  forward(x: Tensor): Tensor {
    const hidden = relu(add(matmul(x, this.w1), this.b1))
    return add(matmul(hidden, this.w2), this.b2)
  }
}

const inputs = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
])
const targets = tensor([[0], [1], [1], [0]])

const trainStep = (model: Perceptron): { readonly loss: Tensor; readonly logits: Tensor } => {
  const logits = model.forward(inputs)
  const loss = sub(logits, targets).square().mean()
  loss.backward()
  for (const parameter of model.parameters) {
    if (parameter.grad !== undefined) parameter.assign(sub(parameter, parameter.grad.mul(0.1)))
    parameter.grad = undefined
  }
  return { loss, logits }
}

describe('training in scopes', () => {
  it('10,000 steps end with the memory they began with', () => {
    const model = new Perceptron()
    scope(() => trainStep(model))
    const before = memory()
    let steady = true
    for (let step = 0; step < 10_000; step++) {
      scope(() => {
        trainStep(model)
      })
      steady &&= memory().tensors === before.tensors && memory().bytes === before.bytes
    }
    expect(steady).toBe(true)
    // It learned, so the steps did something: a constant has a loss of 0.25 here.
    expect(numbers(scope(() => trainStep(model).loss))[0]).toBeLessThan(0.2)
  }, 60_000)

  it('without clearing gradients as well', () => {
    const model = new Perceptron()
    const step = (): void => {
      scope(() => {
        model.forward(inputs).square().mean().backward()
      })
    }
    step()
    const before = memory()
    for (let count = 0; count < 100; count++) step()
    expect(memory().tensors).toBe(before.tensors)
    expect(memory().bytes).toBe(before.bytes)
  })

  it('what is read after the scope is there, and right', () => {
    const model = new Perceptron()
    const { loss, logits } = scope(() => {
      const result = model.forward(inputs)
      const error = sub(result, targets).square().mean()
      error.backward()
      return { loss: error, logits: result }
    })
    // By hand: relu(x W₁ + b₁) W₂ + b₂.
    const expected = [0.3 * 0.1, -0.6 * 0.7, 0.3 * 0.6 + 0.9 * 0.7, 0.3 * 0.4 - 0.6 * 0.4 + 0.9 * 0.8]
    // float32 rounds by 6e-8 of values up to 1, a few times.
    numbers(logits).forEach((value, place) => expect(value).toBeCloseTo(expected[place] ?? 0, 6))
    const errors = expected.map((value, place) => value - ([0, 1, 1, 0][place] ?? 0))
    expect(numbers(loss)[0]).toBeCloseTo(errors.reduce((sum, error) => sum + error ** 2, 0) / 4, 6)
    expect(numbers(model.b2.grad)[0]).toBeCloseTo(
      errors.reduce((sum, error) => sum + error / 2, 0),
      6,
    )
    expect(numbers(model.w1)).toHaveLength(6)
  })

  it('snapshots of variables stay what they were', () => {
    const model = new Perceptron()
    const state = model.parameters.map((parameter) => parameter.detach())
    const before = state.map(numbers)
    for (let step = 0; step < 5; step++) scope(() => trainStep(model))
    expect(state.map(numbers)).toEqual(before)
    expect(model.parameters.map(numbers)).not.toEqual(before)
  })
})

it('a walk back needs memory for its front, not for its length', () => {
  const bytes = 1000 * 4
  const most = (length: number): number =>
    scope(() => {
      const x = new Parameter(zeros([1000]))
      let y: Tensor = x
      for (let op = 0; op < length; op++) y = y.sin().add(x)
      const loss = y.sum()
      const start = memory().bytes
      let peak = 0
      const observer = {
        kind: 'observer' as const,
        op: () => {
          peak = Math.max(peak, memory().bytes - start)
        },
      }
      withRecorder(observer, () => {
        loss.backward()
      })
      return peak / bytes
    })
  // The gradient of the last value, of the next one, the two that are summed for x and their sum; and the seed.
  expect(most(3)).toBeLessThan(5.1)
  expect(most(30)).toBeLessThan(5.1)
})
