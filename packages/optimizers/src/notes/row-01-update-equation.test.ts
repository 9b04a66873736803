import { DataLoader } from '@chainrule/data'
import {
  cell,
  eye,
  Generator,
  manualSeed,
  matmul,
  norm,
  randn,
  scope,
  sum,
  tensor,
  type Tensor,
} from '@chainrule/tensor'
import { Parameter } from '@chainrule/autograd'
import { describe, expect, it, vi } from 'vitest'
import { SGD } from '../index.js'

// Some tests train for hundreds of steps, and machines have other things to do.
vi.setConfig({ testTimeout: 60_000 })

const float64 = (data: readonly (number | readonly number[])[]): Tensor => tensor(data, { dtype: 'float64' })

const numbers = (x: Tensor | undefined): number[] => [...(x?.dataSync() ?? [])]

describe('row 1 of the notes: the update equation θ ← θ − α ∇J(θ)', () => {
  it('holds for f(x) = x³, whose derivative is 3x²', () => {
    const x = new Parameter(float64([2]))
    const optimizer = new SGD([x], { lr: 0.1 })
    x.pow(3).sum().backward()
    expect(numbers(x.grad)).toEqual([12])
    optimizer.step()
    // 2 − 0.1 · 12, with a rounding of each operation.
    expect(Math.abs((numbers(x)[0] ?? 0) - 0.8)).toBeLessThan(4e-16)
  })

  it('holds for each parameter by itself', () => {
    const theta = new Parameter(float64([1, -2, 3]))
    const factors = float64([2, 3, -1])
    const optimizer = new SGD([theta], { lr: 0.25 })
    theta.mul(factors).sum().backward()
    optimizer.step()
    expect(numbers(theta)).toEqual([1 - 0.5, -2 - 0.75, 3 + 0.25])
  })
})

const generator = new Generator(7)
const samples = 48
const inputs = randn([samples, 3], { dtype: 'float64', generator })
const target = float64([1.5, -2, 0.5])
const outputs = matmul(inputs, target)

/** Average loss of y = wᵀx over a batch: mean of (wᵀx − y)² / 2. */
const averageLoss = (weight: Tensor, x: Tensor, y: Tensor): Tensor => matmul(x, weight).sub(y).square().mean().div(2)

describe('row 1 of the notes: full-batch, single-sample and mini-batch descent on one loss', () => {
  const run = (batchSize: number, y = outputs): { weight: number[]; losses: number[]; steps: number } => {
    const weight = new Parameter(float64([0, 0, 0]))
    const optimizer = new SGD([weight], { lr: 0.1 })
    const loader = new DataLoader({ x: inputs, y }, { batchSize, shuffle: true, seed: 3 })
    const losses: number[] = []
    while (losses.length < 400) {
      for (const batch of loader) {
        scope(() => {
          optimizer.zeroGrad()
          averageLoss(weight, batch.x, batch.y).backward()
          optimizer.step()
          losses.push(numbers(averageLoss(weight, inputs, y))[0] ?? Number.NaN)
        })
      }
    }
    return { weight: numbers(weight), losses, steps: loader.length }
  }

  it.each([
    ['full-batch', samples, 1],
    ['single-sample', 1, samples],
    ['mini-batch', 8, samples / 8],
  ])('%s descent finds the weights', (_, batchSize, stepsPerEpoch) => {
    const { weight, steps } = run(batchSize)
    expect(steps).toBe(stepsPerEpoch)
    // The data has no noise, so every sample's loss is least at the target; each step takes off a few percent of the error.
    weight.forEach((value, place) => {
      expect(Math.abs(value - (numbers(target)[place] ?? 0))).toBeLessThan(1e-6)
    })
  })

  it('the full gradient goes down at every step, single samples wander where they disagree', () => {
    const noisy = outputs.add(randn([samples], { dtype: 'float64', generator }))
    const rises = (losses: readonly number[]): number =>
      losses.slice(0, 100).filter((loss, step) => step > 0 && loss > (losses[step - 1] ?? Infinity)).length
    expect(rises(run(samples, noisy).losses)).toBe(0)
    expect(rises(run(1, noisy).losses)).toBeGreaterThan(20)
  })

  it('the full gradient is the mean of the gradients of the samples', () => {
    const weight = new Parameter(float64([0.3, 0.1, -0.2]))
    const gradientOf = (batchSize: number): number[] => {
      weight.grad = undefined
      const loader = new DataLoader({ x: inputs, y: outputs }, { batchSize })
      for (const { x, y } of loader) averageLoss(weight, x, y).div(loader.length).backward()
      return numbers(weight.grad)
    }
    const whole = gradientOf(samples)
    for (const batchSize of [1, 8]) {
      gradientOf(batchSize).forEach((value, place) => {
        // Sums of 48 terms of about 1 in another order.
        expect(Math.abs(value - (whole[place] ?? 0))).toBeLessThan(1e-14)
      })
    }
  })
})

describe('row 1 of the notes: the learning rate as a matrix', () => {
  const hessian = float64([
    [4, 1, 0],
    [1, 3, -1],
    [0, -1, 0.5],
  ])
  const linear = float64([1, 2, -1])
  /** The inverse by cofactors: det = 4(1.5 − 1) − 0.5 = 1.5. */
  const inverse = float64([
    [0.5, -0.5, -1],
    [-0.5, 2, 4],
    [-1, 4, 11],
  ]).div(1.5)
  const quadratic = (w: Tensor): Tensor => matmul(matmul(w, hessian), w).div(2).sub(matmul(linear, w))

  it('that is the inverse Hessian finds the minimum of a quadratic in one step (Newton)', () => {
    // H · H⁻¹ = I, so the inverse is right.
    const product = numbers(matmul(hessian, inverse).sub(eye(3, { dtype: 'float64' })))
    expect(Math.max(...product.map(Math.abs))).toBeLessThan(1e-15)
    const w = new Parameter(float64([5, -3, 2]))
    const optimizer = new SGD([w], { lr: 1, preconditioner: (gradient) => matmul(inverse, gradient) })
    quadratic(w).backward()
    optimizer.step()
    const minimum = numbers(matmul(inverse, linear))
    numbers(w).forEach((value, place) => {
      // Rounding of products of up to 40 with an inverse of up to 8.
      expect(Math.abs(value - (minimum[place] ?? 0))).toBeLessThan(1e-13)
    })
    optimizer.zeroGrad()
    quadratic(w).backward()
    expect(numbers(norm(w.grad ?? w))[0]).toBeLessThan(1e-13)
  })

  it('that is a multiple of the identity is a scalar, and any other does not step along the gradient', () => {
    const step = (preconditioner: ((gradient: Tensor) => Tensor) | undefined): { move: Tensor; gradient: Tensor } => {
      const start = float64([5, -3, 2])
      const w = new Parameter(start)
      const options = preconditioner === undefined ? { lr: 0.1 } : { lr: cell(0.1), preconditioner }
      const optimizer = new SGD([w], options)
      quadratic(w).backward()
      const gradient = w.grad ?? w
      optimizer.step()
      return { move: w.sub(start), gradient }
    }
    const cosine = ({ move, gradient }: ReturnType<typeof step>): number =>
      numbers(sum(move.mul(gradient)).div(norm(move)).div(norm(gradient)))[0] ?? 0
    const scalar = step(undefined)
    expect(numbers(step((gradient) => matmul(eye(3, { dtype: 'float64' }), gradient)).move)).toEqual(
      numbers(scalar.move),
    )
    // The steepest way is straight against the gradient; Newton's way goes down as well, though not straight.
    expect(Math.abs(cosine(scalar) + 1)).toBeLessThan(1e-15)
    const newton = cosine(step((gradient) => matmul(inverse, gradient)))
    expect(newton).toBeLessThan(0)
    expect(newton).toBeGreaterThan(-0.95)
  })

  it('has the penalty in the gradient that it multiplies, and momentum after it', () => {
    manualSeed(0)
    const start = randn([3], { dtype: 'float64' })
    const run = (optimizer: (w: Parameter) => SGD, loss: (w: Tensor) => Tensor): number[] => {
      const w = new Parameter(start)
      const made = optimizer(w)
      for (let step = 0; step < 3; step++) {
        made.zeroGrad()
        loss(w).backward()
        made.step()
      }
      return numbers(w)
    }
    const half = (gradient: Tensor): Tensor => gradient.div(2)
    const inside = run(
      (w) => new SGD([w], { lr: 0.1, momentum: 0.5, weightDecay: 0.3, preconditioner: half }),
      quadratic,
    )
    const outside = run(
      (w) => new SGD([w], { lr: 0.05, momentum: 0.5 }),
      (w) => quadratic(w).add(w.square().sum().mul(0.15)),
    )
    inside.forEach((value, place) => {
      // The same numbers in another order.
      expect(Math.abs(value - (outside[place] ?? 0))).toBeLessThan(1e-14)
    })
  })
})
