import type { ScanKernel } from '../kernel.js'
import type { Elements } from './elements.js'

type Combine = (running: number, next: number) => number

const combinations: Record<'float' | 'integer', Record<ScanKernel['structure']['reduction'], Combine>> = {
  float: { sum: (running, next) => running + next, prod: (running, next) => running * next },
  integer: { sum: (running, next) => (running + next) | 0, prod: Math.imul },
}

/**
 * Runs a scan kernel: the running value stays in float64 (or wraps in int32), each element of it is rounded.
 *
 * @param kernel - the kernel
 * @param input - elements of the input
 * @param output - elements of the output
 */
export const runScan = (kernel: ScanKernel, input: Elements, output: Elements): void => {
  const { structure, outer, axis, inner, offsets } = kernel
  const combine = combinations[structure.dtype === 'int32' ? 'integer' : 'float'][structure.reduction]
  for (let o = 0; o < outer; o++) {
    for (let r = 0; r < inner; r++) {
      let running = structure.reduction === 'sum' ? 0 : 1
      for (let step = 0; step < axis; step++) {
        const i = structure.reverse ? axis - 1 - step : step
        const at = (o * axis + i) * inner + r
        const including = combine(running, input[offsets.input + at] as number)
        output[offsets.output + at] = structure.exclusive ? running : including
        running = including
      }
    }
  }
}
