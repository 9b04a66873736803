import { device as currentDevice, deviceNamed, setDevice } from '../device-registry.js'
import type { DType, TypedArray } from '../dtype.js'
import { scope } from '../scope.js'
import { sameShape, showShape } from '../shape.js'
import { Tensor } from '../tensor.js'
import { expectClose, NotCloseError } from './expect-close.js'
import { inFloat64, opSamples } from './op-samples.js'
import type { OpSample } from './op-sample.js'
import { placeInput } from './sample-input.js'
import { toleranceOf } from './tolerance.js'

/** An output of a sample, read. */
export interface SampleOutput {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly data: TypedArray
}

/** What was compared. */
export interface SampleCounts {
  /** Samples that ran. */
  readonly samples: number
  /** Elements that were compared. */
  readonly elements: number
  /** Ops that ran. */
  readonly ops: number
  /** Names of samples that did not run, with the reason. */
  readonly leftOut: readonly string[]
}

/** Options of `runSamples`. */
export interface RunSamplesOptions {
  /** Which samples. Default all of them, and their float64 twins where the device has float64. */
  readonly samples?: readonly OpSample[]
  /** Whether the device takes subnormal numbers for 0, as WGSL allows; samples about them are then left out. Default false. */
  readonly flushesSubnormals?: boolean
}

/**
 * Carries a sample out.
 *
 * @param sample - the sample
 * @param device - name of a device that `setDevice` has started
 * @returns its outputs
 */
export const runSample = async (sample: OpSample, device: string): Promise<readonly SampleOutput[]> => {
  const before = currentDevice()
  await setDevice(device)
  let outputs: readonly Tensor[] = []
  try {
    outputs = scope(() => {
      const result = sample.run(...sample.inputs.map((input) => placeInput(input, device)))
      return result instanceof Tensor ? [result] : result
    })
    return await Promise.all(
      outputs.map(async (output) => ({ shape: output.shape, dtype: output.dtype, data: await output.data() })),
    )
  } finally {
    for (const tensor of outputs) tensor.dispose()
    await setDevice(before)
  }
}

/** How many failing samples a message shows. */
const listed = 40

const largestOf = (data: TypedArray): number => {
  let largest = 0
  for (const value of data) if (Math.abs(value) > largest && Number.isFinite(value)) largest = Math.abs(value)
  return largest
}

/**
 * Compares the outputs of a sample with those that they should be.
 *
 * @param sample - the sample, for its name and tolerance
 * @param actual - outputs of a device
 * @param expected - outputs of the reference device
 * @returns how many elements were compared
 * @throws NotCloseError when shapes, dtypes or values differ
 */
export const compareOutputs = (
  sample: OpSample,
  actual: readonly SampleOutput[],
  expected: readonly SampleOutput[],
): number => {
  if (actual.length !== expected.length) {
    throw new NotCloseError(`${sample.name}: got ${actual.length} outputs, expected ${expected.length}`)
  }
  return expected.reduce((elements, wanted, place) => {
    const got = actual[place]
    if (got === undefined || got.dtype !== wanted.dtype || !sameShape(got.shape, wanted.shape)) {
      throw new NotCloseError(
        `${sample.name}: output ${place} is ${got?.dtype} ${showShape(got?.shape ?? [])}, expected ${wanted.dtype} ${showShape(wanted.shape)}`,
      )
    }
    const tolerance = toleranceOf(wanted.dtype, sample.tolerance, largestOf(wanted.data))
    expectClose(got.data, wanted.data, tolerance, `${sample.name}: output ${place}`)
    return elements + wanted.data.length
  }, 0)
}

/**
 * Compares the outputs of a convention sample with what it states.
 *
 * @param sample - the sample
 * @param actual - outputs of a device
 * @throws NotCloseError when they differ
 */
export const compareWithStatement = (sample: OpSample, actual: readonly SampleOutput[]): void => {
  const { expected } = sample
  if (expected === undefined) return
  if (actual.length !== expected.outputs.length) {
    throw new NotCloseError(`${sample.name}: got ${actual.length} outputs, expected ${expected.outputs.length}`)
  }
  expected.outputs.forEach((wanted, place) => {
    const got = actual[place]
    const tolerance = toleranceOf(got?.dtype ?? 'float32', sample.tolerance)
    expectClose(got?.data ?? [], wanted, tolerance, `${sample.name}: stated output ${place}`)
  })
}

/**
 * Carries a sample out on a device and on the reference device and compares them, and with what the sample states.
 *
 * @param sample - the sample
 * @param device - name of a device that `setDevice` has started
 * @returns how many elements were compared
 * @throws NotCloseError when they differ
 */
export const checkSample = async (sample: OpSample, device: string): Promise<number> => {
  const actual = await runSample(sample, device)
  compareWithStatement(sample, actual)
  const expected = device === 'reference' ? actual : await runSample(sample, 'reference')
  return compareOutputs(sample, actual, expected)
}

/**
 * Carries samples out on a device and compares every one with the reference device and with what it states.
 *
 * @param device - name of a device that `setDevice` has started
 * @param options - which samples
 * @returns how much was compared, to be printed
 * @throws NotCloseError that counts the samples that failed and shows the first forty
 */
export const runSamples = async (device: string, options: RunSamplesOptions = {}): Promise<SampleCounts> => {
  const { flushesSubnormals = false } = options
  const hasFloat64 = deviceNamed(device).features.dtypes.includes('float64')
  const twins = hasFloat64 ? opSamples.flatMap((sample) => inFloat64(sample) ?? []) : []
  const leftOut: string[] = []
  const failures: string[] = []
  const ops = new Set<string>()
  let samples = 0
  let elements = 0
  for (const sample of options.samples ?? [...opSamples, ...twins]) {
    if (sample.subnormal && flushesSubnormals) {
      leftOut.push(`${sample.name}: the device flushes subnormal numbers`)
      continue
    }
    try {
      elements += await checkSample(sample, device)
    } catch (error) {
      failures.push(error instanceof NotCloseError ? error.message : `${sample.name}: ${String(error)}`)
    }
    samples += 1
    ops.add(sample.op)
  }
  if (failures.length > 0) {
    const more = failures.length > listed ? `\n… and ${failures.length - listed} more samples` : ''
    throw new NotCloseError(
      `${device}: ${failures.length} of ${samples} samples fail:\n${failures.slice(0, listed).join('\n')}${more}`,
    )
  }
  return { samples, elements, ops: ops.size, leftOut }
}
