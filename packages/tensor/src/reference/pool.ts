import type { PoolKernel } from '../kernel.js'
import { type Elements, makeAccumulators, partOf, supportedDType } from './elements.js'
import { conversions } from './scalar-functions.js'
import { windowRuns } from './window.js'

/** What every operation of a pool kernel needs to know. */
interface Pool {
  readonly kernel: PoolKernel
  readonly inputs: readonly Elements[]
  readonly outputs: readonly Elements[]
  /** Elements of one plane of the input and of the output. */
  readonly inputPlane: number
  readonly outputPlane: number
}

/** The part of an operand that a kernel works on. */
const operand = (arrays: readonly Elements[], offsets: readonly number[], at: number, size: number): Elements =>
  partOf(arrays[at] as Elements, offsets[at] as number, size)

/** Calls back for each pair of an input place and an output place that meet, taps in row-major order. */
const forEachMeeting = (
  { kernel, inputPlane, outputPlane }: Pool,
  visit: (inputAt: number, outputAt: number, placeInPlane: number) => void,
): void => {
  const runs = windowRuns(kernel.window)
  const step = kernel.window.stride[1]
  for (let plane = 0; plane < kernel.planes; plane++) {
    for (const run of runs) {
      for (let i = 0; i < run.count; i++) {
        const place = run.input + i * step
        visit(plane * inputPlane + place, plane * outputPlane + run.output + i, place)
      }
    }
  }
}

/** The first of ties; the first NaN beats every number. A window that sees padding only has choice −1. */
const runMax = (pool: Pool): void => {
  const { kernel, inputs, outputs, inputPlane, outputPlane } = pool
  const size = kernel.planes * outputPlane
  const input = operand(inputs, kernel.offsets.inputs, 0, kernel.planes * inputPlane)
  const values = operand(outputs, kernel.offsets.outputs, 0, size)
  const choices = operand(outputs, kernel.offsets.outputs, 1, size)
  values.fill(conversions[supportedDType(kernel.structure.dtype)](-Infinity))
  choices.fill(-1)
  forEachMeeting(pool, (inputAt, outputAt, place) => {
    const candidate = input[inputAt] as number
    const best = values[outputAt] as number
    const isFirst = (choices[outputAt] as number) < 0
    if (isFirst || candidate > best || (Number.isNaN(candidate) && !Number.isNaN(best))) {
      values[outputAt] = candidate
      choices[outputAt] = place
    }
  })
}

/** Adds each gradient at its choice. */
const runMaxGradient = ({ kernel, inputs, outputs, inputPlane, outputPlane }: Pool): void => {
  const size = kernel.planes * outputPlane
  const gradient = operand(inputs, kernel.offsets.inputs, 0, size)
  const choices = operand(inputs, kernel.offsets.inputs, 1, size)
  const sums = makeAccumulators(kernel.structure.dtype, kernel.planes * inputPlane)
  for (let at = 0; at < size; at++) {
    const choice = choices[at] as number
    if (choice < 0) continue
    const target = Math.floor(at / outputPlane) * inputPlane + choice
    sums[target] = (sums[target] as number) + (gradient[at] as number)
  }
  operand(outputs, kernel.offsets.outputs, 0, sums.length).set(sums)
}

/** Reads the input at the choices. */
const runMaxTake = ({ kernel, inputs, outputs, inputPlane, outputPlane }: Pool): void => {
  const size = kernel.planes * outputPlane
  const input = operand(inputs, kernel.offsets.inputs, 0, kernel.planes * inputPlane)
  const choices = operand(inputs, kernel.offsets.inputs, 1, size)
  const values = operand(outputs, kernel.offsets.outputs, 0, size)
  for (let at = 0; at < size; at++) {
    const choice = choices[at] as number
    values[at] = choice < 0 ? 0 : (input[Math.floor(at / outputPlane) * inputPlane + choice] as number)
  }
}

/** By what the sum at each place of an output plane is divided. */
const divisors = ({ kernel, outputPlane }: Pool): Float64Array => {
  const { window, countIncludePad } = kernel
  if (countIncludePad) return new Float64Array(outputPlane).fill(window.kernel[0] * window.kernel[1])
  const counts = new Float64Array(outputPlane)
  for (const run of windowRuns(window)) {
    for (let i = 0; i < run.count; i++) counts[run.output + i] = (counts[run.output + i] as number) + 1
  }
  return counts
}

const runAverage = (pool: Pool): void => {
  const { kernel, inputs, outputs, inputPlane, outputPlane } = pool
  const input = operand(inputs, kernel.offsets.inputs, 0, kernel.planes * inputPlane)
  const sums = new Float64Array(kernel.planes * outputPlane)
  forEachMeeting(pool, (inputAt, outputAt) => {
    sums[outputAt] = (sums[outputAt] as number) + (input[inputAt] as number)
  })
  const counts = divisors(pool)
  const means = sums.map((sum, at) => sum / Math.max(1, counts[at % outputPlane] as number))
  operand(outputs, kernel.offsets.outputs, 0, means.length).set(means)
}

const runAverageGradient = (pool: Pool): void => {
  const { kernel, inputs, outputs, inputPlane, outputPlane } = pool
  const gradient = operand(inputs, kernel.offsets.inputs, 0, kernel.planes * outputPlane)
  const counts = divisors(pool)
  const sums = new Float64Array(kernel.planes * inputPlane)
  forEachMeeting(pool, (inputAt, outputAt) => {
    const share = (gradient[outputAt] as number) / (counts[outputAt % outputPlane] as number)
    sums[inputAt] = (sums[inputAt] as number) + share
  })
  operand(outputs, kernel.offsets.outputs, 0, sums.length).set(sums)
}

const operations: Record<PoolKernel['structure']['operation'], (pool: Pool) => void> = {
  max: runMax,
  maxGradient: runMaxGradient,
  maxTake: runMaxTake,
  average: runAverage,
  averageGradient: runAverageGradient,
}

/**
 * Runs a pool kernel.
 *
 * @param kernel - the kernel
 * @param inputs - elements of the inputs of its operation
 * @param outputs - elements of the outputs of its operation
 */
export const runPool = (kernel: PoolKernel, inputs: readonly Elements[], outputs: readonly Elements[]): void => {
  const { input, output } = kernel.window
  operations[kernel.structure.operation]({
    kernel,
    inputs,
    outputs,
    inputPlane: input[0] * input[1],
    outputPlane: output[0] * output[1],
  })
}
