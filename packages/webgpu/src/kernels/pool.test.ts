import type { PoolKernel, WindowSizes } from '@chainrule/tensor'
import { describe, it } from 'vitest'
import {
  contents,
  expectLikeReference,
  floats,
  reference,
  runOn,
  sampleNumbers,
  unset,
} from '../testing/both-devices.js'

type Pair = readonly [number, number]

const windowOf = (input: Pair, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair): WindowSizes => {
  const places = (axis: 0 | 1): number =>
    Math.floor((input[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1
  return { input, kernel, stride, padding, dilation, output: [places(0), places(1)] }
}

const windows = {
  plain: windowOf([6, 6], [2, 2], [2, 2], [0, 0], [1, 1]),
  'padded and overlapping': windowOf([7, 5], [3, 3], [2, 1], [1, 1], [1, 1]),
  dilated: windowOf([9, 8], [3, 2], [1, 2], [1, 1], [2, 2]),
}

const planes = 3

/** Means of nine numbers in float32, against float64. */
const summation = 1e-6

describe.each(Object.entries(windows))('pool over %s windows', (_, window) => {
  const inputs = planes * window.input[0] * window.input[1]
  const outputs = planes * window.output[0] * window.output[1]
  const numbers = contents(
    'float32',
    sampleNumbers(inputs).map((value, at) => (at % 23 === 5 ? NaN : value)),
  )

  const kernelOf = (operation: PoolKernel['structure']['operation'], countIncludePad = true): PoolKernel => ({
    kind: 'pool',
    structure: { operation, dtype: 'float32' },
    planes,
    window,
    countIncludePad,
    offsets: { inputs: [0, 0], outputs: [0, 0] },
  })

  it('finds greatest elements and their first places', async () => {
    await expectLikeReference(kernelOf('max'), {
      inputs: [numbers],
      outputs: [unset('float32', outputs), unset('int32', outputs)],
    })
  })

  it('adds gradients at their places, and takes elements there', async () => {
    const chosen = await runOn(reference, kernelOf('max'), {
      inputs: [floats(inputs)],
      outputs: [unset('float32', outputs), unset('int32', outputs)],
    })
    const places = contents('int32', chosen[1] ?? [])
    const gradient = { inputs: [floats(outputs, 3), places], outputs: [unset('float32', inputs)] }
    await expectLikeReference(kernelOf('maxGradient'), gradient, summation)
    const taken = { inputs: [floats(inputs), places], outputs: [unset('float32', outputs)] }
    await expectLikeReference(kernelOf('maxTake'), taken)
  })

  it.each([true, false])('averages and spreads gradients, counting padding: %s', async (countIncludePad) => {
    const average = { inputs: [floats(inputs)], outputs: [unset('float32', outputs)] }
    await expectLikeReference(kernelOf('average', countIncludePad), average, summation)
    const gradient = { inputs: [floats(outputs)], outputs: [unset('float32', inputs)] }
    await expectLikeReference(kernelOf('averageGradient', countIncludePad), gradient, summation)
  })
})
