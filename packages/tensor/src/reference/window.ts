import type { WindowSizes } from '../kernel.js'

/** Neighbouring output places of one row that see the input through one place of the kernel, and not through padding. */
export interface WindowRun {
  /** Place in the kernel, row-major. */
  readonly tap: number
  /** First place in the output, row-major; the others follow one by one. */
  readonly output: number
  /** First place in the input, row-major; the others follow `stride[1]` apart. */
  readonly input: number
  readonly count: number
}

interface Range {
  readonly first: number
  readonly end: number
}

/** Output coordinates whose input coordinate `o · stride + shift` lies inside the axis. */
const insideRange = (inputSize: number, outputSize: number, stride: number, shift: number): Range => ({
  first: Math.max(0, Math.ceil(-shift / stride)),
  end: Math.min(outputSize, Math.floor((inputSize - 1 - shift) / stride) + 1),
})

/**
 * Every meeting of an output place with an input place, in runs along the width: taps in row-major order, and for each
 * the rows of the output.
 *
 * @param window - sizes of the convolution or pooling
 * @returns the runs
 */
export const windowRuns = ({ input, kernel, output, stride, padding, dilation }: WindowSizes): readonly WindowRun[] => {
  const runs: WindowRun[] = []
  for (let kernelRow = 0; kernelRow < kernel[0]; kernelRow++) {
    const rowShift = kernelRow * dilation[0] - padding[0]
    const rows = insideRange(input[0], output[0], stride[0], rowShift)
    for (let kernelColumn = 0; kernelColumn < kernel[1]; kernelColumn++) {
      const columnShift = kernelColumn * dilation[1] - padding[1]
      const columns = insideRange(input[1], output[1], stride[1], columnShift)
      if (columns.end <= columns.first) continue
      for (let row = rows.first; row < rows.end; row++) {
        runs.push({
          tap: kernelRow * kernel[1] + kernelColumn,
          output: row * output[1] + columns.first,
          input: (row * stride[0] + rowShift) * input[1] + columns.first * stride[1] + columnShift,
          count: columns.end - columns.first,
        })
      }
    }
  }
  return runs
}
