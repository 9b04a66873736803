import { type DType, scope, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { goldenCases, type GoldenTensor, runGolden, toTensor } from './golden.fixture.js'
import { vjp } from './index.js'

/**
 * PyTorch differs from itself between instruction sets by 4e-16 (float64) and 1.4e-7 (float32), relative to the largest
 * element; ours sums in another order and its functions round elsewhere, so a few times that.
 */
const relative: Partial<Record<DType, number>> = { float64: 2e-14, float32: 1e-6 }

const expectClose = (actual: Tensor, expected: GoldenTensor, what: string, slack = 1): void => {
  expect(actual.shape, what).toEqual(expected.shape)
  expect(actual.dtype, what).toBe(expected.dtype)
  const values = actual.dataSync()
  const numbers = expected.data.map(Number)
  const scale = Math.max(1e-3, ...numbers.filter(Number.isFinite).map(Math.abs))
  const tolerance = (relative[expected.dtype] ?? 0) * scale * slack
  numbers.forEach((number, place) => {
    const value = values[place] ?? Number.NaN
    const same = Object.is(value, number) || Math.abs(value - number) <= tolerance
    if (!same) expect.fail(`${what}[${place}]: got ${value}, PyTorch has ${number} (tolerance ${tolerance})`)
  })
}

/** Where this library chooses otherwise than PyTorch at NaN and infinity, and why. */
const otherChoices = new Map([
  ['max-nan-kink', 'NaN = NaN does not hold, so no element shares the gradient of a NaN maximum'],
  ['abs-not-finite-kink', 'the sign of NaN is NaN, as in NumPy: a NaN should not vanish'],
  ['sign-not-finite-kink', 'the sign of NaN is NaN, as in NumPy: a NaN should not vanish'],
  ['logSumExp-all-masked-kink', 'the gradient of ln 0 over nothing but −infinity is 0, so that masked rows train on'],
])

/** PyTorch's 1 − x² in float32 cancels near ±1; (1 − x)(1 + x) does not. */
const cancelling = new Map([
  ['asin-points-float32', 2],
  ['acos-points-float32', 2],
])

describe('ops agree with PyTorch 1.13', () => {
  it.each(goldenCases.map((each) => [each.name, each] as const))('%s', (_, golden) => {
    scope(() => {
      const inputs = golden.inputs.map(toTensor)
      const { value, pullback } = vjp((...operands: Tensor[]) => runGolden(golden, operands), ...inputs)
      golden.outputs.forEach((expected, place) => {
        if (!golden.name.startsWith('sign-not')) expectClose(value[place] as Tensor, expected, `output ${place}`)
      })
      if (golden.gradients.every((gradient) => gradient === null)) return
      const seeds = golden.outputGradients.map((seed, place) =>
        seed === null ? (value[place] as Tensor).to('int32') : toTensor(seed),
      )
      const found = pullback(seeds) as Tensor | (Tensor | undefined)[]
      const gradients = Array.isArray(found) ? found : [found]
      golden.gradients.forEach((expected, place) => {
        if (expected !== null && !otherChoices.has(golden.name)) {
          expectClose(gradients[place] as Tensor, expected, `gradient ${place}`, cancelling.get(golden.name))
        }
      })
    })
  })
})
