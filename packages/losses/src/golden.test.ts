import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { vjp } from '@chainrule/autograd'
import { type DType, scope, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import * as losses from './index.js'

interface GoldenTensor {
  readonly data: readonly (number | boolean | string)[]
  readonly shape: readonly number[]
  readonly dtype: DType
}

interface GoldenLoss {
  readonly loss: string
  readonly name: string
  readonly inputs: readonly GoldenTensor[]
  readonly arguments: readonly unknown[]
  readonly outputs: readonly [GoldenTensor]
  readonly outputGradients: readonly [GoldenTensor]
  readonly gradients: readonly (GoldenTensor | null)[]
}

const file = fileURLToPath(new URL('golden/losses.json', import.meta.url))
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly GoldenLoss[]

const toTensor = ({ data, shape, dtype }: GoldenTensor): Tensor => tensor(data.map(Number), { shape, dtype })

const fold = (value: unknown, inputs: readonly Tensor[]): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if ('input' in value) return inputs[Number(value.input)]
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fold(entry, inputs)]))
}

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

describe('losses agree with PyTorch 1.13', () => {
  it.each(cases.map((each) => [each.name, each] as const))('%s', (_, golden) => {
    scope(() => {
      const loss = (losses as unknown as Record<string, (...operands: unknown[]) => Tensor>)[golden.loss]
      if (loss === undefined) throw new Error(`no loss ${golden.loss}`)
      const inputs = golden.inputs.map(toTensor)
      const { value, pullback } = vjp(
        (...operands: Tensor[]) => loss(...golden.arguments.map((argument) => fold(argument, operands))),
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
