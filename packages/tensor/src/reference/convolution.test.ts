import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { input, stage } from '../expression/expression.js'
import { add, maximum, sub } from '../expression/scalar-ops.js'
import type { ConvolutionKernel, WindowSizes } from '../kernel.js'
import { sampleNumbers } from './layouts.fixture.js'
import { device, download, upload } from './storages.fixture.js'

type Sizes = Pick<ConvolutionKernel, 'batch' | 'groups' | 'inputChannels' | 'outputChannels' | 'window'>

const pair = (min: number, max: number): fc.Arbitrary<[number, number]> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }))

/** Convolutions of any stride, padding, dilation and groups whose windows fit at least once along each axis. */
const convolutions: fc.Arbitrary<Sizes> = fc
  .record({
    batch: fc.integer({ min: 0, max: 3 }),
    groups: fc.integer({ min: 1, max: 2 }),
    inputs: fc.integer({ min: 1, max: 2 }),
    outputs: fc.integer({ min: 1, max: 3 }),
    input: pair(1, 7),
    kernel: pair(1, 3),
    stride: pair(1, 3),
    padding: pair(0, 3),
    dilation: pair(1, 3),
  })
  .map(({ batch, groups, inputs, outputs, input, kernel, stride, padding, dilation }) => {
    const outputSize = (axis: 0 | 1): number =>
      Math.floor((input[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1
    const window: WindowSizes = { input, kernel, stride, padding, dilation, output: [outputSize(0), outputSize(1)] }
    return { batch, groups, inputChannels: groups * inputs, outputChannels: groups * outputs, window }
  })
  .filter(({ window }) => window.output[0] > 0 && window.output[1] > 0)

/** Calls back for every product that a convolution sums, with the places of its three factors. */
const forEachProduct = (sizes: Sizes, visit: (input: number, weight: number, output: number) => void): void => {
  const { batch, groups, inputChannels, outputChannels, window } = sizes
  const [height, width] = window.input
  const [kernelHeight, kernelWidth] = window.kernel
  const [outputHeight, outputWidth] = window.output
  const inputs = inputChannels / groups
  const outputs = outputChannels / groups
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < outputChannels; o++)
      for (let y = 0; y < outputHeight; y++)
        for (let x = 0; x < outputWidth; x++)
          for (let c = 0; c < inputs; c++)
            for (let i = 0; i < kernelHeight; i++)
              for (let j = 0; j < kernelWidth; j++) {
                const row = y * window.stride[0] - window.padding[0] + i * window.dilation[0]
                const column = x * window.stride[1] - window.padding[1] + j * window.dilation[1]
                if (row < 0 || row >= height || column < 0 || column >= width) continue
                const channel = Math.floor(o / outputs) * inputs + c
                visit(
                  ((n * inputChannels + channel) * height + row) * width + column,
                  ((o * inputs + c) * kernelHeight + i) * kernelWidth + j,
                  ((n * outputChannels + o) * outputHeight + y) * outputWidth + x,
                )
              }
}

const lengths = ({ batch, groups, inputChannels, outputChannels, window }: Sizes) => ({
  input: batch * inputChannels * window.input[0] * window.input[1],
  weight: ((outputChannels * inputChannels) / groups) * window.kernel[0] * window.kernel[1],
  output: batch * outputChannels * window.output[0] * window.output[1],
})

const kernelOf = (sizes: Sizes, structure: ConvolutionKernel['structure']): ConvolutionKernel => ({
  kind: 'convolution',
  structure,
  ...sizes,
  offsets: { inputs: [0, 0], output: 0 },
  epilogueInputs: [],
})

describe('convolution', () => {
  /** Which of the factors are the operands of a direction, in order, and which is its result. */
  const roles = {
    forward: ['input', 'weight', 'output'],
    inputGradient: ['output', 'weight', 'input'],
    weightGradient: ['output', 'input', 'weight'],
  } as const

  it.each(['forward', 'inputGradient', 'weightGradient'] as const)(
    '%s sums the products of its definition, for any sizes',
    (direction) => {
      fc.assert(
        fc.property(convolutions, (sizes) => {
          const [first, second, result] = roles[direction]
          const length = lengths(sizes)
          const left = Float32Array.from(sampleNumbers(length[first]))
          const right = Float32Array.from(sampleNumbers(length[second], 23))
          // Quarters below 8: all sums are exact, so the order of summation does not matter.
          const expected = new Float32Array(length[result])
          forEachProduct(sizes, (input, weight, output) => {
            const at = { input, weight, output }
            expected[at[result]] = (expected[at[result]] ?? NaN) + (left[at[first]] ?? NaN) * (right[at[second]] ?? NaN)
          })
          const output = device.allocate(expected.byteLength)
          device.run(kernelOf(sizes, { direction, dtype: 'float32' }), [upload(left), upload(right)], [output], [])
          // toEqual tells 0 from −0, which the order of summation decides.
          expect(download(output, 'float32', expected.length).map((x) => x + 0)).toEqual(expected.map((x) => x + 0))
        }),
        { seed: 5, numRuns: 150 },
      )
    },
  )

  const small: Sizes = {
    batch: 1,
    groups: 1,
    inputChannels: 1,
    outputChannels: 2,
    window: { input: [1, 3], kernel: [1, 2], output: [1, 2], stride: [1, 1], padding: [0, 0], dilation: [1, 1] },
  }

  it('starts at the offsets and applies the epilogue', () => {
    const kernel: ConvolutionKernel = {
      ...kernelOf(small, {
        direction: 'forward',
        dtype: 'float32',
        epilogue: {
          inputs: ['float32'],
          expression: maximum(
            add(stage(0, 'float32'), input(0, 'float32')),
            sub(input(0, 'float32'), input(0, 'float32')),
          ),
        },
      }),
      offsets: { inputs: [1, 2], output: 1 },
      epilogueInputs: [{ strides: [0, 1, 0, 0], offset: 0 }],
    }
    const output = upload(Float32Array.of(9, 9, 9, 9, 9))
    const inputs = [
      [0, 1, 2, 3],
      [0, 0, 1, 1, -1, 0],
      [10, 2],
    ].map((data) => upload(Float32Array.from(data)))
    device.run(kernel, inputs, [output], [])
    // Contractions 3, 5 and −1, −2; biases 10 and 2; then ReLU.
    expect([...download(output, 'float32', 5)]).toEqual([9, 13, 15, 1, 0])
  })

  it('wraps int32', () => {
    const output = device.allocate(16)
    const inputs = [upload(Int32Array.of(2147483647, 1, 0)), upload(Int32Array.of(2147483647, 1, 2, 2))]
    device.run(kernelOf(small, { direction: 'forward', dtype: 'int32' }), inputs, [output], [])
    expect([...download(output, 'int32', 4)]).toEqual([2, 2147483647, 0, 2])
  })
})
