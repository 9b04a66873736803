import { fileURLToPath } from 'node:url'
import { opSamples } from '@chainrule/tensor/testing'
import { describe, expect, it } from 'vitest'
import { runPage } from '../../../scripts/browser/run-page.js'
import type { OpSamplesReport } from './testing/pages/op-samples.js'
import type { TrainingReport } from './testing/pages/training.js'
import type { WithoutGpuReport } from './testing/pages/without-gpu.js'

const pathOf = (page: string): string => fileURLToPath(new URL(`./testing/pages/${page}.ts`, import.meta.url))

/** Thousands of samples, each with shaders of its own, that a software adapter compiles: a minute or two. */
const patience = 600_000

describe('in headless Chromium, the webgpu device', { timeout: patience }, () => {
  it('gives the values and the gradients of the reference device for every op sample', async () => {
    const { value, errors } = await runPage<OpSamplesReport>(pathOf('op-samples'), { limit: patience })
    const { values, gradients } = value
    console.log(
      `webgpu in Chromium: ${values.samples} op samples of ${values.ops} ops, ${values.elements} elements; ` +
        `gradients of ${gradients.samples} samples of ${gradients.ops} ops; left out: ${values.leftOut.join('; ')}`,
    )
    expect(errors).toEqual([])
    expect(values.samples + values.leftOut.length).toBe(opSamples.length)
    expect(gradients.samples + gradients.leftOut.length).toBe(
      opSamples.filter(({ differentiable }) => differentiable.length > 0).length,
    )
  })

  it('trains to a falling loss, and goes on from a checkpoint after the device was lost', async () => {
    const { value, errors } = await runPage<TrainingReport>(pathOf('training'))
    const { losses, counts, before, after, reasons } = value
    expect(losses).toHaveLength(30)
    expect(losses[0]).toBeGreaterThan(2)
    expect(Math.max(...losses.slice(-5))).toBeLessThan(0.7 * (losses[0] ?? NaN))
    // The last ten steps: a submit each, and nothing new.
    expect(counts).toMatchObject({ submits: 10, pipelines: 0, buffers: 0, bindGroups: 0 })
    // The same steps on the same adapter, before the loss and from the checkpoint at step 10 on.
    expect(before).toEqual(losses.slice(0, 14))
    expect(after).toEqual(losses.slice(10))
    const [underWay, nextStep, elsewhere] = value.errors
    for (const error of [underWay, nextStep]) {
      expect(error).toMatch(
        /^DeviceError: webgpu: the GPU device was lost \(destroyed.*Call setDevice\('webgpu'\) again/,
      )
    }
    expect(elsewhere).toMatch(/'webgpu', which is not started/)
    expect(reasons).toEqual([expect.stringMatching(/^destroyed/)])
    expect(errors).toEqual([])
  })

  it('says what to do where the browser has no WebGPU or no adapter, and leaves the device before in place', async () => {
    const { value, errors } = await runPage<WithoutGpuReport>(pathOf('without-gpu'))
    const [withoutGpu, withoutAdapter] = value.errors
    expect(withoutGpu).toMatch(/^DeviceError: setDevice: got a browser without navigator\.gpu.*`wasm` and `reference`/)
    expect(withoutAdapter).toMatch(/^DeviceError: setDevice: WebGPU found no adapter.*`wasm` and `reference`/)
    expect(value).toMatchObject({ device: 'reference', values: [2, 4] })
    expect(errors).toEqual([])
  })
})
