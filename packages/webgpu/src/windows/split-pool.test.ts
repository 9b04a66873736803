import type { PoolKernel, WindowSizes } from '@chainrule/tensor'
import { describe, it } from 'vitest'
import { defaultCapabilities } from '../capabilities.js'
import { requestDevice } from '../request-device.js'
import { contents, expectLikeReference, floats, reference, runOn, sizeOf, unset } from '../testing/both-devices.js'
import { WebgpuDevice } from '../webgpu-device.js'

/** A GPU that pretends to have bindings of a thousand floats, so that single planes are longer than one. */
const { gpuDevice } = await requestDevice()
const capabilities = { ...defaultCapabilities, bindingBytes: 4096, workgroupsPerDimension: 3 }
const tiny = new WebgpuDevice({ gpuDevice, capabilities, info: undefined, isForeign: true })

const f = 'float32'

/** Means of ten numbers below 8 in float32, against float64. */
const summation = 1e-6

describe('a pool over planes longer than a binding', () => {
  const planes = 2
  const windows = {
    plain: { input: [64, 50], kernel: [2, 2], output: [32, 25], stride: [2, 2], padding: [0, 0], dilation: [1, 1] },
    overlapping: {
      input: [61, 47],
      kernel: [3, 3],
      output: [61, 47],
      stride: [1, 1],
      padding: [1, 1],
      dilation: [1, 1],
    },
    dilated: { input: [70, 40], kernel: [5, 2], output: [22, 20], stride: [3, 2], padding: [1, 0], dilation: [2, 1] },
    'far apart': {
      input: [80, 40],
      kernel: [2, 2],
      output: [8, 4],
      stride: [11, 11],
      padding: [0, 0],
      dilation: [1, 1],
    },
  } as const satisfies Record<string, WindowSizes>

  describe.each(Object.entries(windows))('%s', (_, sizes) => {
    const [input, output] = [sizeOf(sizes.input) * planes, sizeOf(sizes.output) * planes]
    const kernelOf = (operation: PoolKernel['structure']['operation'], countIncludePad = true): PoolKernel => ({
      kind: 'pool',
      structure: { operation, dtype: f },
      planes,
      window: sizes,
      countIncludePad,
      offsets: { inputs: [5, 7], outputs: [3, 70] },
    })

    it('finds greatest elements, takes them, and adds gradients at their places', async () => {
      const max = { inputs: [floats(5 + input)], outputs: [unset(f, 3 + output), unset('int32', 70 + output)] }
      await expectLikeReference(kernelOf('max'), max, 0, tiny)
      const [, found = []] = await runOn(reference, kernelOf('max'), max)
      const chosen = contents('int32', found.slice(63))
      const take = { inputs: [floats(5 + input), chosen], outputs: [unset(f, 3 + output)] }
      await expectLikeReference(kernelOf('maxTake'), take, 0, tiny)
      const gradient = { inputs: [floats(5 + output, 3), chosen], outputs: [unset(f, 3 + input)] }
      await expectLikeReference(kernelOf('maxGradient'), gradient, summation, tiny)
    })

    it.each([true, false])('averages and spreads gradients, counting padding: %s', async (countIncludePad) => {
      const average = { inputs: [floats(5 + input)], outputs: [unset(f, 3 + output)] }
      await expectLikeReference(kernelOf('average', countIncludePad), average, summation, tiny)
      const gradient = { inputs: [floats(5 + output)], outputs: [unset(f, 3 + input)] }
      await expectLikeReference(kernelOf('averageGradient', countIncludePad), gradient, summation, tiny)
    })
  })
})
