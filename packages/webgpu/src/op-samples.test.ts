import { vjp } from '@chainrule/autograd'
import { isFloating, ones, setDevice, tensor, Tensor, type TypedArray } from '@chainrule/tensor'
import { expectClose, type OpSample, opSamples, placeInput, runSamples } from '@chainrule/tensor/testing'
import { afterAll, describe, expect, it } from 'vitest'
import './index.js'

/** Thousands of samples, each with a shader or more of its own, compiled by a software adapter: minutes when it is busy. */
const patience = 1_800_000

/** Numbers of either sign for the elements of an output, so that gradients do not cancel as those of a plain sum may. */
const weights = (output: Tensor): Tensor =>
  tensor(
    Float32Array.from({ length: output.size }, (_, at) => ((at * 37) % 11) / 10 - 0.4),
    { shape: output.shape },
  )

/** Gradients of a weighted sum of all floating outputs with respect to the differentiable inputs. */
const gradientsOf = async (sample: OpSample, device: string): Promise<TypedArray[]> => {
  await setDevice(device)
  const placed = sample.inputs.map((input) => placeInput(input, device))
  const total = (...chosen: Tensor[]): Tensor => {
    const inputs = [...placed]
    sample.differentiable.forEach((position, at) => {
      const tensorAt = chosen[at]
      if (tensorAt) inputs[position] = tensorAt
    })
    const result = sample.run(...inputs)
    const outputs = (result instanceof Tensor ? [result] : result).filter(({ dtype }) => isFloating(dtype))
    return outputs.map((output) => output.mul(weights(output)).sum()).reduce((sum, value) => sum.add(value))
  }
  const { pullback } = vjp(total, ...sample.differentiable.flatMap((position) => placed[position] ?? []))
  const pulled: Tensor | readonly Tensor[] = pullback(ones([]))
  const gradients = pulled instanceof Tensor ? [pulled] : pulled
  return Promise.all(gradients.map((gradient) => gradient.data()))
}

/**
 * Gradients of both devices are rounded to float32 after each of some dozens of operations, some of which cancel: about a
 * hundred units of the largest number of each gradient, and of the element itself.
 */
const toleranceFor = (right: TypedArray) => {
  const finite = Array.from(right, Math.abs).filter(Number.isFinite)
  return { relative: 2e-5, absolute: 1e-5 * Math.max(1, ...finite) }
}

afterAll(async () => {
  await setDevice('reference')
})

describe('the webgpu device', () => {
  it(
    'gives the values of the reference device for every op sample',
    async () => {
      await setDevice('webgpu')
      const counts = await runSamples('webgpu', { flushesSubnormals: true })
      const leftOut = counts.leftOut.map((name) => `\n  left out: ${name}`).join('')
      console.log(`webgpu: ${String(counts.samples)} samples of ${String(counts.ops)} ops${leftOut}`)
      expect(counts.samples).toBeGreaterThan(opSamples.length - 10)
    },
    patience,
  )

  it(
    'gives the gradients of the reference device for every smooth op sample',
    async () => {
      const samples = opSamples.filter(({ kind, differentiable }) => kind === 'smooth' && differentiable.length > 0)
      const failures: string[] = []
      await setDevice('webgpu')
      for (const sample of samples) {
        try {
          const right = await gradientsOf(sample, 'reference')
          const got = await gradientsOf(sample, 'webgpu')
          right.forEach((wanted, at) =>
            expectClose(got[at] ?? [], wanted, toleranceFor(wanted), `gradient ${String(at)}`),
          )
        } catch (error) {
          failures.push(`${sample.name}: ${error instanceof Error ? error.message : String(error)}`)
        }
      }
      console.log(`webgpu: gradients of ${String(samples.length)} samples`)
      expect(failures).toEqual([])
    },
    patience,
  )
})
