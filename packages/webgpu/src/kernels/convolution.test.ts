import { type ConvolutionKernel, index, input, scalarOps, stage } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { defaultCapabilities } from '../capabilities.js'
import { planKernel } from '../plan-kernel.js'
import { expectLikeReference, floats, sizeOf, unset } from '../testing/both-devices.js'
import { outputShape } from './convolution-sizes.js'

const { add, cast, maximum, mul } = scalarOps
const f = 'float32'

/** Sums of up to 1000 products in float32, against float64, relative to the result. */
const summation = 1e-4

type Pair = readonly [number, number]

interface Geometry {
  readonly batch: number
  readonly channels: Pair
  readonly groups: number
  readonly input: Pair
  readonly kernel: Pair
  readonly stride?: Pair
  readonly padding?: Pair
  readonly dilation?: Pair
}

const geometries: readonly Geometry[] = [
  { batch: 2, channels: [3, 4], groups: 1, input: [6, 7], kernel: [3, 3], padding: [1, 1] },
  {
    batch: 1,
    channels: [4, 6],
    groups: 2,
    input: [9, 8],
    kernel: [3, 2],
    stride: [2, 1],
    padding: [0, 1],
    dilation: [1, 2],
  },
  { batch: 3, channels: [4, 4], groups: 4, input: [1, 12], kernel: [1, 5], stride: [1, 2], padding: [0, 2] },
  { batch: 8, channels: [2, 3], groups: 1, input: [12, 12], kernel: [5, 5] },
]

const directions = ['forward', 'inputGradient', 'weightGradient'] as const

const kernelOf = (
  { batch, channels, groups, input: size, kernel, stride = [1, 1], padding = [0, 0], dilation = [1, 1] }: Geometry,
  direction: (typeof directions)[number],
  hasEpilogue: boolean,
): ConvolutionKernel => {
  const places = (axis: 0 | 1): number =>
    Math.floor((size[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1
  const bias = add(stage(0, f), mul(input(0, f), cast(index(3), f)))
  const expression = maximum(bias, scalarOps.like(bias, 0))
  return {
    kind: 'convolution',
    structure: { direction, dtype: f, ...(hasEpilogue ? { epilogue: { inputs: [f], expression } } : {}) },
    batch,
    inputChannels: channels[0],
    outputChannels: channels[1],
    groups,
    window: { input: size, kernel, output: [places(0), places(1)], stride, padding, dilation },
    offsets: { inputs: [0, 1], output: 2 },
    epilogueInputs: hasEpilogue ? [{ offset: 0, strides: [0, 1, 0, 0] }] : [],
  }
}

const cases = directions.flatMap((direction) =>
  geometries.flatMap((geometry) =>
    [false, true].map((hasEpilogue) => {
      const kernel = kernelOf(geometry, direction, hasEpilogue)
      const { input: size, kernel: taps, stride } = kernel.window
      const shape = [geometry.batch, geometry.channels[0], ...size].join(', ')
      const name = `${direction} of [${shape}] by ${taps.join('×')}, stride ${stride.join('×')}, ${String(geometry.groups)} groups`
      return [`${name}${hasEpilogue ? ', epilogue' : ''}`, kernel] as const
    }),
  ),
)

describe('convolution', () => {
  it.each(cases)('computes %s', async (_, kernel) => {
    const sizeIn = (direction: (typeof directions)[number]): number =>
      sizeOf(outputShape({ ...kernel, structure: { ...kernel.structure, direction } }))
    const [forward, inputs, weights] = directions.map(sizeIn)
    const { direction } = kernel.structure
    const first = direction === 'forward' ? inputs : forward
    const second = direction === 'weightGradient' ? inputs : weights
    const others = kernel.epilogueInputs.map(() => floats(outputShape(kernel)[1]))
    await expectLikeReference(
      kernel,
      {
        inputs: [floats(first ?? 0), floats((second ?? 0) + 1, 4), ...others],
        outputs: [unset(f, sizeIn(direction) + 2)],
      },
      summation,
    )
  })

  it('splits the sum over places of a weight gradient among workgroups', () => {
    const context = { capabilities: defaultCapabilities, inputs: [0, 1], outputs: [2] }
    const [, , , geometry] = geometries
    if (!geometry) throw new RangeError('there is no such geometry')
    const kernel = kernelOf(geometry, 'weightGradient', false)
    expect(planKernel(kernel, context).launches).toHaveLength(2)
  })
})
