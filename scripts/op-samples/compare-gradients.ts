import { vjp } from '@chainrule/autograd'
import {
  deviceNamed,
  isFloating,
  linspace,
  ones,
  scope,
  setDevice,
  type Tensor,
  tensorsIn,
  type TypedArray,
} from '@chainrule/tensor'
import {
  expectClose,
  inFloat64,
  type OpSample,
  opSamples,
  placeInput,
  type SampleCounts,
  type Tolerance,
} from '@chainrule/tensor/testing'

/** Results weighted differently, so that none drops out of their sum. */
const weighted = (results: readonly Tensor[]): Tensor =>
  results
    .filter(({ dtype }) => isFloating(dtype))
    .map((result) => result.mul(linspace(0.5, 1.5, result.size, { dtype: result.dtype }).reshape(result.shape)).sum())
    .reduce((total, each) => total.add(each.to(total.dtype)))

/**
 * Gradients of a weighted sum of the outputs of a sample.
 *
 * @param sample - a sample with differentiable inputs
 * @param device - name of a device that `setDevice` has started
 * @returns one gradient for each differentiable input
 */
const gradientsOf = async (sample: OpSample, device: string): Promise<TypedArray[]> => {
  await setDevice(device)
  const { differentiable } = sample
  const gradients = scope(() => {
    const inputs = sample.inputs.map((input) => placeInput(input, device))
    const f = (given: readonly Tensor[]): Tensor =>
      weighted(tensorsIn(sample.run(...inputs.map((input, place) => given[differentiable.indexOf(place)] ?? input))))
    const at = differentiable.flatMap((place) => inputs[place] ?? [])
    const { value, pullback } = vjp(f, at)
    return pullback(ones([], { dtype: value.dtype }))
  })
  try {
    return await Promise.all(gradients.map((gradient) => gradient.data()))
  } finally {
    for (const gradient of gradients) gradient.dispose()
  }
}

/**
 * Both devices round after each of some dozens of operations, some of which cancel: about a hundred units of the largest
 * number of a gradient, and of the element itself.
 */
const toleranceFor = (expected: TypedArray): Tolerance => {
  const unit = expected instanceof Float64Array ? 2 ** -52 : 2 ** -23
  const finite = Array.from(expected, Math.abs).filter(Number.isFinite)
  return { relative: 160 * unit, absolute: 80 * unit * Math.max(1, ...finite) }
}

/** Which gradients to compare. */
export interface CompareGradientsOptions {
  /** Whether the device takes subnormal numbers for 0, as WGSL allows; samples about them are then left out. Default false. */
  readonly flushesSubnormals?: boolean
}

/**
 * Compares the gradients of every sample that has some on a device with those on the reference device.
 *
 * @param device - name of a device that `setDevice` has started
 * @param options - which samples
 * @returns how much was compared, to be printed
 * @throws Error that shows the first forty samples that fail
 */
export const compareGradients = async (
  device: string,
  { flushesSubnormals = false }: CompareGradientsOptions = {},
): Promise<SampleCounts> => {
  const hasFloat64 = deviceNamed(device).features.dtypes.includes('float64')
  const all = hasFloat64 ? [...opSamples, ...opSamples.flatMap((sample) => inFloat64(sample) ?? [])] : opSamples
  const samples = all.filter(({ differentiable }) => differentiable.length > 0)
  const leftOut = samples.filter(({ subnormal }) => subnormal && flushesSubnormals)
  const compared = samples.filter((sample) => !leftOut.includes(sample))
  const failures: string[] = []
  let elements = 0
  for (const sample of compared) {
    try {
      const expected = await gradientsOf(sample, 'reference')
      const actual = await gradientsOf(sample, device)
      expected.forEach((wanted, place) => {
        expectClose(actual[place] ?? [], wanted, toleranceFor(wanted), `gradient of input ${String(place)}`)
        elements += wanted.length
      })
    } catch (error) {
      failures.push(`${sample.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  await setDevice(device)
  if (failures.length > 0) {
    throw new Error(
      `${device}: gradients of ${String(failures.length)} of ${String(compared.length)} samples fail:\n` +
        failures.slice(0, 40).join('\n'),
    )
  }
  return {
    samples: compared.length,
    elements,
    ops: new Set(compared.map(({ op }) => op)).size,
    leftOut: leftOut.map(({ name }) => `${name}: the device flushes subnormal numbers`),
  }
}
