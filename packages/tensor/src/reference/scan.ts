import type { ScanKernel } from '../kernel.js'
import { type Elements, partOf } from './elements.js'

type Combine = (running: number, next: number) => number

const combinations: Record<'float' | 'integer', Record<ScanKernel['structure']['reduction'], Combine>> = {
  float: { sum: (running, next) => running + next, prod: (running, next) => running * next },
  integer: { sum: (running, next) => (running + next) | 0, prod: Math.imul },
}

/**
 * Runs a scan kernel: the running value stays in float64 (or wraps in int32), each element of it is rounded.
 *
 * @param kernel - the kernel
 * @param inputElements - elements of the input
 * @param outputElements - elements of the output
 */
export const runScan = (kernel: ScanKernel, inputElements: Elements, outputElements: Elements): void => {
  const { structure, outer, axis, inner, offsets } = kernel
  const input = partOf(inputElements, offsets.input, outer * axis * inner)
  const output = partOf(outputElements, offsets.output, input.length)
  const combine = combinations[structure.dtype === 'int32' ? 'integer' : 'float'][structure.reduction]
  for (let o = 0; o < outer; o++) {
    for (let r = 0; r < inner; r++) {
      let running = structure.reduction === 'sum' ? 0 : 1
      for (let step = 0; step < axis; step++) {
        const i = structure.reverse ? axis - 1 - step : step
        const at = (o * axis + i) * inner + r
        const including = combine(running, input[at] as number)
        output[at] = structure.exclusive ? running : including
        running = including
      }
    }
  }
}
