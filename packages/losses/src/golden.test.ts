import { vjp } from '@chainrule/autograd'
import { type DType, scope, setDevice, type Tensor } from '@chainrule/tensor'
import '@chainrule/wasm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { foldArguments, goldenLosses, type GoldenTensor, lossNamed, toTensor } from './golden.fixture.js'

/**
 * PyTorch differs from itself between instruction sets by 4e-16 (float64) and 1.4e-7 (float32), relative to the largest
 * element; ours sums in another order and its functions round elsewhere, so a few times that.
 */
const relative: Partial<Record<DType, number>> = { float64: 1e-14, float32: 1e-6 }

const expectClose = (actual: Tensor, expected: GoldenTensor, what: string): void => {
  expect(actual.shape, what).toEqual(expected.shape)
  expect(actual.dtype, what).toBe(expected.dtype)
  const values = actual.dataSync()
  const numbers = expected.data.map(Number)
  const scale = Math.max(1e-3, ...numbers.filter(Number.isFinite).map(Math.abs))
  const tolerance = (relative[expected.dtype] ?? 0) * scale
  numbers.forEach((number, place) => {
    const value = values[place] ?? Number.NaN
    const same = Object.is(value, number) || Math.abs(value - number) <= tolerance
    if (!same) expect.fail(`${what}[${place}]: got ${value}, PyTorch has ${number} (tolerance ${tolerance})`)
  })
}

describe.each(['reference', 'wasm'])('losses on the %s device agree with PyTorch 1.13', (device) => {
  beforeAll(() => setDevice(device))
  afterAll(() => setDevice('reference'))

  it.each(goldenLosses.map((each) => [each.name, each] as const))('%s', (_, golden) => {
    scope(() => {
      const loss = lossNamed(golden.loss)
      const inputs = golden.inputs.map(toTensor)
      const { value, pullback } = vjp(
        (...operands: Tensor[]) => loss(...golden.arguments.map((argument) => foldArguments(argument, operands))),
        ...inputs,
      )
      expectClose(value, golden.outputs[0], 'loss')
      const gradients = pullback(toTensor(golden.outputGradients[0]))
      golden.gradients.forEach((expected, place) => {
        if (expected !== null) expectClose(gradients[place] as Tensor, expected, `gradient ${place}`)
      })
    })
  })
})
