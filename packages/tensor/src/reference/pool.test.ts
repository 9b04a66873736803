import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PoolKernel, WindowSizes } from '../kernel.js'
import { sampleNumbers } from './layouts.fixture.js'
import { device, download, upload } from './storages.fixture.js'

const pair = (min: number, max: number): fc.Arbitrary<[number, number]> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }))

const poolings = fc
  .record({
    planes: fc.integer({ min: 0, max: 3 }),
    input: pair(1, 7),
    kernel: pair(1, 3),
    stride: pair(1, 3),
    padding: pair(0, 1),
    dilation: pair(1, 2),
    countIncludePad: fc.boolean(),
  })
  .map(({ planes, countIncludePad, ...sizes }) => {
    const { input, kernel, stride, padding, dilation } = sizes
    const outputSize = (axis: 0 | 1): number =>
      Math.floor((input[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1
    const window: WindowSizes = { ...sizes, output: [outputSize(0), outputSize(1)] }
    return { planes, countIncludePad, window }
  })
  .filter(({ window }) => window.output[0] > 0 && window.output[1] > 0)

interface PoolSizes {
  readonly planes: number
  readonly countIncludePad: boolean
  readonly window: WindowSizes
}

const kernelOf = (sizes: PoolSizes, operation: PoolKernel['structure']['operation']): PoolKernel => ({
  kind: 'pool',
  structure: { operation, dtype: 'float32' },
  ...sizes,
  offsets: { inputs: [0, 0], outputs: [0, 0] },
})

/** For each place of an output plane, the places of the input plane that its window sees, row-major. */
const windowsOf = ({ input, kernel, output, stride, padding, dilation }: WindowSizes): number[][] =>
  Array.from({ length: output[0] * output[1] }, (_, at) => {
    const y = Math.floor(at / output[1])
    const x = at % output[1]
    const places: number[] = []
    for (let i = 0; i < kernel[0]; i++) {
      for (let j = 0; j < kernel[1]; j++) {
        const row = y * stride[0] - padding[0] + i * dilation[0]
        const column = x * stride[1] - padding[1] + j * dilation[1]
        if (row >= 0 && row < input[0] && column >= 0 && column < input[1]) places.push(row * input[1] + column)
      }
    }
    return places
  })

const areas = ({ window }: PoolSizes) => ({
  input: window.input[0] * window.input[1],
  output: window.output[0] * window.output[1],
})

describe('pool', () => {
  it('takes the largest of each window and where it is, and sends gradients there', () => {
    fc.assert(
      fc.property(poolings, (sizes) => {
        const area = areas(sizes)
        const windows = windowsOf(sizes.window)
        // Coarse numbers, so that windows hold ties.
        const data = Float32Array.from(sampleNumbers(sizes.planes * area.input), (x) => Math.floor(x / 4))
        const gradient = Float32Array.from(sampleNumbers(sizes.planes * area.output, 3))
        const values = new Float32Array(gradient.length)
        const choices = new Int32Array(gradient.length)
        const inputGradient = new Float32Array(data.length)
        for (let at = 0; at < gradient.length; at++) {
          const plane = Math.floor(at / area.output) * area.input
          const seen = windows[at % area.output] ?? []
          const largest = Math.max(...seen.map((place) => data[plane + place] ?? NaN))
          const choice = seen.find((place) => data[plane + place] === largest) ?? -1
          values[at] = largest
          choices[at] = choice
          if (choice < 0) continue
          inputGradient[plane + choice] = (inputGradient[plane + choice] ?? NaN) + (gradient[at] ?? NaN)
        }
        const [valueOutput, choiceOutput] = [device.allocate(values.byteLength), device.allocate(choices.byteLength)]
        device.run(kernelOf(sizes, 'max'), [upload(data)], [valueOutput, choiceOutput], [])
        expect(download(valueOutput, 'float32', values.length)).toEqual(values)
        expect(download(choiceOutput, 'int32', choices.length)).toEqual(choices)

        const gradientOutput = device.allocate(inputGradient.byteLength)
        device.run(kernelOf(sizes, 'maxGradient'), [upload(gradient), choiceOutput], [gradientOutput], [])
        expect(download(gradientOutput, 'float32', inputGradient.length)).toEqual(inputGradient)

        const taken = device.allocate(values.byteLength)
        device.run(kernelOf(sizes, 'maxTake'), [upload(data), choiceOutput], [taken], [])
        // A window that sees padding only has no choice; there is nothing to take.
        expect(download(taken, 'float32', values.length)).toEqual(values.map((x) => (x === -Infinity ? 0 : x)))
      }),
      { seed: 6, numRuns: 150 },
    )
  })

  it('averages each window, by its full size or by what lies inside, and spreads gradients back', () => {
    fc.assert(
      fc.property(poolings, (sizes) => {
        const area = areas(sizes)
        const windows = windowsOf(sizes.window)
        const full = sizes.window.kernel[0] * sizes.window.kernel[1]
        const data = Float32Array.from(sampleNumbers(sizes.planes * area.input))
        const gradient = Float32Array.from(sampleNumbers(sizes.planes * area.output, 3))
        const means = new Float32Array(gradient.length)
        const sums = new Float64Array(data.length)
        for (let at = 0; at < gradient.length; at++) {
          const plane = Math.floor(at / area.output) * area.input
          const seen = windows[at % area.output] ?? []
          const divisor = sizes.countIncludePad ? full : Math.max(1, seen.length)
          means[at] = seen.reduce((sum, place) => sum + (data[plane + place] ?? NaN), 0) / divisor
          for (const place of seen) sums[plane + place] = (sums[plane + place] ?? NaN) + (gradient[at] ?? NaN) / divisor
        }
        const output = device.allocate(means.byteLength)
        device.run(kernelOf(sizes, 'average'), [upload(data)], [output], [])
        expect(download(output, 'float32', means.length)).toEqual(means)

        const gradientOutput = device.allocate(data.byteLength)
        device.run(kernelOf(sizes, 'averageGradient'), [upload(gradient)], [gradientOutput], [])
        const result = download(gradientOutput, 'float32', data.length)
        // At most nine shares below 8, summed in float64 in another order, then rounded to float32: half a unit of 2^−24.
        result.forEach((value, at) => expect(Math.abs(value - (sums[at] ?? NaN))).toBeLessThanOrEqual(72 * 2 ** -24))
      }),
      { seed: 7, numRuns: 150 },
    )
  })

  it('lets the first NaN of a window win', () => {
    const window: WindowSizes = {
      input: [1, 4],
      kernel: [1, 4],
      output: [1, 1],
      stride: [1, 1],
      padding: [0, 0],
      dilation: [1, 1],
    }
    const [values, choices] = [device.allocate(4), device.allocate(4)]
    const kernel = kernelOf({ planes: 1, countIncludePad: true, window }, 'max')
    device.run(kernel, [upload(Float32Array.of(1, NaN, 5, NaN))], [values, choices], [])
    expect(download(values, 'float32', 1)[0]).toBeNaN()
    expect(download(choices, 'int32', 1)[0]).toBe(1)
  })

  it('starts at the offsets', () => {
    const window: WindowSizes = {
      input: [1, 2],
      kernel: [1, 2],
      output: [1, 1],
      stride: [1, 1],
      padding: [0, 0],
      dilation: [1, 1],
    }
    const output = upload(Float32Array.of(9, 9))
    const kernel = kernelOf({ planes: 1, countIncludePad: true, window }, 'average')
    device.run(
      { ...kernel, offsets: { inputs: [2], outputs: [1] } },
      [upload(Float32Array.of(0, 0, 4, 8))],
      [output],
      [],
    )
    expect([...download(output, 'float32', 2)]).toEqual([9, 6])
  })
})
