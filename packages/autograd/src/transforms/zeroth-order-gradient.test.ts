import { ArgumentError, GradientError, memory, scope, sub, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, Parameter, zerothOrderGradient } from '../index.js'
import { double, numbers } from '../numbers.fixture.js'

const f = (x: Tensor): Tensor => x.square().sum().add(x.sin().sum())
const x = double([1, -2, 0.5])

const error = (samples: number): number => {
  const estimate = zerothOrderGradient(f, x, { samples })
  return numbers(sub(estimate, grad(f)(x)).square().sum())[0] ?? Number.NaN
}

describe('zerothOrderGradient', () => {
  it('converges to the gradient like 1 / √samples', () => {
    // The variance of each part of one sample is about ‖g‖² + gᵢ², together 4‖g‖², and falls with the count.
    const squared = numbers(grad(f)(x).square().sum())[0] ?? 0
    // Seeds are fixed, so these are facts; twice the expectation leaves room for the seed.
    expect(error(20)).toBeLessThan((2 * 4 * squared) / 20)
    expect(error(2000)).toBeLessThan((2 * 4 * squared) / 2000)
  })

  it('is the same for the same seed, and leaves the default stream alone', () => {
    const estimate = (seed: number): number[] => numbers(zerothOrderGradient(f, x, { seed, samples: 3 }))
    expect(estimate(1)).toEqual(estimate(1))
    expect(estimate(1)).not.toEqual(estimate(2))
  })

  it('needs no derivative: steps of height 1 have a slope from afar', () => {
    const stairs = (at: Tensor): Tensor => at.floor().sum()
    const estimate = zerothOrderGradient(stairs, double(0.5), { samples: 500, epsilon: 100 })
    // Slope 1 with variance 2 a sample: 0.063, three times over.
    expect(Math.abs((numbers(estimate)[0] ?? 0) - 1)).toBeLessThan(0.19)
  })

  it('keeps no more memory for more samples', () => {
    const peak = (samples: number): number =>
      scope(() => {
        let most = 0
        zerothOrderGradient(
          (at) => {
            most = Math.max(most, memory().bytes)
            return f(at)
          },
          x,
          { samples },
        )
        return most
      })
    expect(peak(200)).toBe(peak(2))
  })

  it('records nothing', () => {
    const weight = new Parameter(double(2))
    expect(zerothOrderGradient((at) => at.mul(weight).sum(), x).requiresGrad).toBe(false)
  })

  it('refuses what it cannot estimate', () => {
    expect(() => zerothOrderGradient(f, x, { samples: 0 })).toThrow(ArgumentError)
    expect(() => zerothOrderGradient(f, x, { epsilon: 0 })).toThrow(ArgumentError)
    expect(() => zerothOrderGradient((at) => at.square(), x)).toThrow(GradientError)
    expect(() => zerothOrderGradient(f, tensor([1], { dtype: 'int32' }))).toThrow(GradientError)
  })
})
