import { compile } from '@chainrule/compiler'
import { ArgumentError, DTypeError, memory, norm, scope, tensor, type Tensor } from '@chainrule/tensor'
import { Parameter } from '@chainrule/autograd'
import { describe, expect, it } from 'vitest'
import { clipGradAdaptive, clipGradNorm, clipGradValue } from '../index.js'

const withGradient = (value: Tensor, gradient: Tensor): Parameter => {
  const parameter = new Parameter(value)
  parameter.grad = gradient
  return parameter
}

const float64 = (data: readonly (number | readonly number[])[]): Tensor => tensor(data, { dtype: 'float64' })

const clippings: readonly (readonly [string, (parameters: readonly Parameter[]) => unknown])[] = [
  ['clipGradNorm', (parameters) => clipGradNorm(parameters, 1)],
  ['clipGradValue', (parameters) => clipGradValue(parameters, 0.5)],
  ['clipGradAdaptive', (parameters) => clipGradAdaptive(parameters, 0.1)],
]

describe.each(clippings)('%s', (_, clip) => {
  it('leaves handles on the old gradients readable', () => {
    scope(() => {
      const parameter = withGradient(tensor([1, 2]), tensor([3, 4]))
      const held = parameter.grad
      clip([parameter])
      expect(String(held)).toBe('tensor([3, 4], float32)')
      expect(String(parameter.grad)).not.toBe(String(held))
    })
  })

  it('passes over parameters without a gradient', () => {
    const parameter = new Parameter([1])
    clip([parameter])
    expect(parameter.grad).toBeUndefined()
  })

  it('may stand inside a compiled step, and gives the same bits there', () => {
    const run = (compiled: boolean): string => {
      const weight = new Parameter([1, 2, -3])
      const eager = (): void => {
        weight.grad = undefined
        weight.mul(weight).mul(weight).sum().backward()
        clip([weight])
      }
      const step = compiled ? compile(eager, { keepGrads: true }) : eager
      step()
      return String(weight.grad)
    }
    expect(run(true)).toBe(run(false))
  })

  it('keeps memory flat', () => {
    const parameter = new Parameter([1, 2])
    const step = (): void => {
      parameter.grad = undefined
      parameter.square().sum().backward()
      clip([parameter])
    }
    scope(step)
    const before = memory()
    for (let count = 0; count < 100; count++) scope(step)
    expect([memory().tensors, memory().bytes]).toEqual([before.tensors, before.bytes])
  })

  it('refuses what is no parameter', () => {
    expect(() => clip([tensor([1]) as Parameter])).toThrow(ArgumentError)
    expect(() => clip(new Parameter([1]) as never)).toThrow(/got a Parameter as parameters, expected a list/)
  })
})

describe('clipGradNorm', () => {
  it('gives 0 where nothing has a gradient', () => {
    expect(clipGradNorm([new Parameter([1])], 1).dataSync()[0]).toBe(0)
  })

  it('takes gradients of two dtypes, each keeping its own', () => {
    const narrow = withGradient(tensor([1]), tensor([3]))
    const wide = withGradient(float64([1]), float64([4]))
    expect(clipGradNorm([narrow, wide], 1).dataSync()[0]).toBe(5)
    expect([narrow.grad?.dtype, wide.grad?.dtype]).toEqual(['float32', 'float64'])
  })

  it('refuses numbers outside their domain', () => {
    expect(() => clipGradNorm([], -1)).toThrow('clipGradNorm: got maxNorm -1')
    expect(() => clipGradNorm([], NaN)).toThrow(ArgumentError)
    expect(() => clipGradNorm([], 1, { normType: 0 })).toThrow('normType 0')
  })
})

describe('clipGradValue', () => {
  it('refuses a negative bound', () => {
    expect(() => clipGradValue([], -1)).toThrow('clipGradValue: got -1')
    expect(() => clipGradValue([], NaN)).toThrow(ArgumentError)
  })
})

describe('clipGradAdaptive', () => {
  it("limits the gradient of each row to a share of the row's norm, and leaves the others bit for bit", () => {
    const weight = withGradient(
      float64([
        [3, 4],
        [0.6, 0.8],
      ]),
      float64([
        [0.1, -0.3],
        [3, -4],
      ]),
    )
    clipGradAdaptive([weight], 0.5)
    const [a = 0, b = 0, c = 0, d = 0] = weight.grad?.dataSync() ?? []
    // Row 0: ‖G‖ = 0.32 ≤ 0.5 · 5. Row 1: ‖G‖ = 5 > 0.5 · 1, so G is scaled by 0.5 / 5.
    expect([a, b]).toEqual([0.1, -0.3])
    // Rounding of a norm, a quotient and a product.
    expect(Math.abs(c - 0.3)).toBeLessThan(1e-15)
    expect(Math.abs(d + 0.4)).toBeLessThan(1e-15)
  })

  it('treats a convolution by its filters, a vector and a number whole', () => {
    const filter = withGradient(
      tensor(new Array(16).fill(1), { shape: [2, 2, 2, 2] }),
      tensor(new Array(16).fill(2), { shape: [2, 2, 2, 2] }),
    )
    const vector = withGradient(tensor([3, 4]), tensor([30, 40]))
    const number = withGradient(tensor(2), tensor(8))
    clipGradAdaptive([filter, vector, number], 1)
    expect([...(filter.grad?.dataSync() ?? [])]).toEqual(new Array(16).fill(1))
    expect([...(vector.grad?.dataSync() ?? [])].map((value) => Number(value.toFixed(5)))).toEqual([3, 4])
    expect(number.grad?.dataSync()[0]).toBe(2)
  })

  it('counts small weights as eps, so that they can leave zero, and passes zero gradients on', () => {
    const weight = withGradient(float64([0, 0]), float64([3, 4]))
    clipGradAdaptive([weight], 0.01, { eps: 0.1 })
    const gradient = weight.grad
    // λ · ε = 0.001; the tolerance is a rounding of it.
    expect(Math.abs((gradient === undefined ? 0 : (norm(gradient).dataSync()[0] ?? 0)) - 0.001)).toBeLessThan(1e-17)
    const still = withGradient(float64([1, 2]), float64([0, 0]))
    clipGradAdaptive([still], 0.01)
    expect([...(still.grad?.dataSync() ?? [])]).toEqual([0, 0])
  })

  it('refuses numbers outside their domain', () => {
    expect(() => clipGradAdaptive([], 0)).toThrow('clipGradAdaptive: got ratio 0')
    expect(() => clipGradAdaptive([], 1, { eps: -1 })).toThrow('eps -1')
    expect(DTypeError).toBeDefined()
  })
})
