import { concat, Generator, matmul, ones, randn, scope, tensor, type Tensor } from '@chainrule/tensor'
import { Parameter, zerothOrderGradient } from '@chainrule/autograd'
import { describe, expect, it, vi } from 'vitest'
import { SGD, ZerothOrder } from '../index.js'

// Some tests train for hundreds of steps, and machines have other things to do.
vi.setConfig({ testTimeout: 60_000 })

const numbers = (x: Tensor): number[] => [...x.dataSync()]

/** Two clouds of points, and a column of ones for the bias. */
const samples = 80
const labels = tensor(
  Array.from({ length: samples }, (_, sample) => (sample % 2 === 0 ? 1 : -1)),
  { dtype: 'float64' },
)
const clouds = randn([samples, 2], { dtype: 'float64', generator: new Generator(5) }).add(
  labels.reshape([samples, 1]).mul(tensor([2, -1], { dtype: 'float64' })),
)
const inputs = concat([clouds, ones([samples, 1], { dtype: 'float64' })], 1)

/** The share of wrong answers of sign(wᵀx): a step function, with slope 0 wherever it has one. */
const errorRate = (w: Tensor): Tensor => labels.sub(matmul(inputs, w).sign()).abs().mean().div(2)

const start = [-1, -1, 0.5]

describe('row 9 of the notes: descent without gradients', () => {
  it('goes down a cost of steps, where the gradient is 0 and SGD stands still', () => {
    const [still, moving] = [start, start].map((values) => new Parameter(tensor(values, { dtype: 'float64' })))
    if (still === undefined || moving === undefined) throw new Error('two parameters')
    const before = numbers(errorRate(still))[0] ?? 0
    expect(before).toBeGreaterThan(0.5)

    const descent = new SGD([still], { lr: 1 })
    errorRate(still).backward()
    descent.step()
    expect(still.grad).toBeUndefined()
    expect(numbers(still)).toEqual(start)

    const estimate = new ZerothOrder([moving], { lr: 2, epsilon: 0.3, samples: 16, seed: 1 })
    for (let step = 0; step < 60; step++) {
      scope(() => {
        estimate.step(() => errorRate(moving))
      })
    }
    // The clouds overlap a little; the best line is wrong for a few of the eighty.
    expect(numbers(errorRate(moving))[0]).toBeLessThanOrEqual(0.05)
  })

  it('follows SGD where there is a gradient', () => {
    const target = tensor([1, -2], { dtype: 'float64' })
    const loss = (w: Tensor): Tensor => w.sub(target).square().sum()
    const [first, second] = [0, 0].map(() => new Parameter(tensor([4, 4], { dtype: 'float64' })))
    if (first === undefined || second === undefined) throw new Error('two parameters')
    const descent = new SGD([first], { lr: 0.05 })
    const estimate = new ZerothOrder([second], { lr: 0.05, samples: 32 })
    for (let step = 0; step < 100; step++) {
      scope(() => {
        descent.zeroGrad()
        loss(first).backward()
        descent.step()
        estimate.step(() => loss(second))
      })
    }
    for (const w of [first, second]) expect(numbers(loss(w))[0]).toBeLessThan(1e-3)
  })

  it('has as its estimate ((f(x + εu) − f(x − εu)) / 2ε) u, averaged over directions u', () => {
    const x = tensor([0.5, -1, 2], { dtype: 'float64' })
    const slope = tensor([3, -1, 0.5], { dtype: 'float64' })
    const directions = new Generator(9)
    const [u, v] = [0, 1].map(() => randn([3], { dtype: 'float64', generator: directions }))
    if (u === undefined || v === undefined) throw new Error('two directions')
    // For a linear function each term is (slopeᵀu) u.
    const expected = numbers(
      u
        .mul(matmul(slope, u))
        .add(v.mul(matmul(slope, v)))
        .div(2),
    )
    const found = numbers(zerothOrderGradient((y) => matmul(slope, y), x, { samples: 2, seed: 9 }))
    found.forEach((value, place) => {
      // The difference of two numbers of about 4, over 2ε = 0.002, costs three digits.
      expect(Math.abs(value - (expected[place] ?? 0))).toBeLessThan(1e-11)
    })
  })
})
