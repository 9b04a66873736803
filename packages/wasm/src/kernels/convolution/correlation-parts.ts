import type { ConvolutionKernel } from '@chainrule/tensor'

/** A place of the kernel as it takes part. */
export interface Tap {
  /** Place in the kernel, row-major. */
  readonly place: number
  /** What it sees from the output place (0, 0), as coordinates of the source; may lie outside. */
  readonly row: number
  readonly column: number
}

/**
 * Output places that see the source through the same taps, a grid of them. The forward pass is one part; the gradient of the
 * input of a convolution with a stride has one for each remainder of the coordinates modulo the stride, so that no tap is
 * multiplied with zeros between gradients.
 */
export interface CorrelationPart {
  readonly taps: readonly Tap[]
  readonly rows: number
  readonly columns: number
  /** Coordinates of the first place in the output, and distance of the others. */
  readonly firstRow: number
  readonly firstColumn: number
  readonly rowStep: number
  readonly columnStep: number
}

/** A convolution, or the gradient of its input, as correlation of planes with taps. */
export interface Correlation {
  readonly parts: readonly CorrelationPart[]
  /** Planes of the source and of the output in one group. */
  readonly channels: number
  readonly rows: number
  /** Sizes of a plane of the source, and of the output. */
  readonly source: readonly [number, number]
  readonly output: readonly [number, number]
  /** How far apart in the source are the places that neighbouring output places see. */
  readonly stride: readonly [number, number]
  /** Elements of the weights from row to row, channel to channel, and group to group. */
  readonly weightRow: number
  readonly weightChannel: number
  readonly weightGroup: number
}

type Pair = readonly [number, number]

/**
 * Every place of the kernel, and what it sees from the output place (0, 0).
 *
 * @param window - sizes of the convolution
 * @returns the taps, row-major
 */
export const forwardTaps = ({ kernel, dilation, padding }: ConvolutionKernel['window']): Tap[] =>
  Array.from({ length: kernel[0] * kernel[1] }, (_, place) => ({
    place,
    row: Math.floor(place / kernel[1]) * dilation[0] - padding[0],
    column: (place % kernel[1]) * dilation[1] - padding[1],
  }))

const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor

/** Taps through which outputs with the given remainders reach back to the gradient. */
const backwardTaps = ({ kernel, dilation, padding, stride }: ConvolutionKernel['window'], first: Pair): Tap[] => {
  const taps: Tap[] = []
  for (let row = 0; row < kernel[0]; row++) {
    const fromRow = first[0] + padding[0] - row * dilation[0]
    if (modulo(fromRow, stride[0]) !== 0) continue
    for (let column = 0; column < kernel[1]; column++) {
      const fromColumn = first[1] + padding[1] - column * dilation[1]
      if (modulo(fromColumn, stride[1]) !== 0) continue
      taps.push({ place: row * kernel[1] + column, row: fromRow / stride[0], column: fromColumn / stride[1] })
    }
  }
  return taps
}

/**
 * The forward pass or the gradient of the input as a correlation.
 *
 * @param kernel - the convolution
 * @returns the correlation
 */
export const correlationOf = (kernel: ConvolutionKernel): Correlation => {
  const { window, groups } = kernel
  const inputs = kernel.inputChannels / groups
  const outputs = kernel.outputChannels / groups
  const places = window.kernel[0] * window.kernel[1]
  if (kernel.structure.direction === 'forward') {
    const [rows, columns] = window.output
    return {
      parts: [{ taps: forwardTaps(window), rows, columns, firstRow: 0, firstColumn: 0, rowStep: 1, columnStep: 1 }],
      channels: inputs,
      rows: outputs,
      source: window.input,
      output: window.output,
      stride: window.stride,
      weightRow: inputs * places,
      weightChannel: places,
      weightGroup: outputs * inputs * places,
    }
  }
  const [rowStep, columnStep] = window.stride
  const parts: CorrelationPart[] = []
  for (let firstRow = 0; firstRow < Math.min(rowStep, window.input[0]); firstRow++) {
    for (let firstColumn = 0; firstColumn < Math.min(columnStep, window.input[1]); firstColumn++) {
      parts.push({
        taps: backwardTaps(window, [firstRow, firstColumn]),
        rows: Math.ceil((window.input[0] - firstRow) / rowStep),
        columns: Math.ceil((window.input[1] - firstColumn) / columnStep),
        firstRow,
        firstColumn,
        rowStep,
        columnStep,
      })
    }
  }
  return {
    parts,
    channels: outputs,
    rows: inputs,
    source: window.output,
    output: window.input,
    stride: [1, 1],
    weightRow: places,
    weightChannel: inputs * places,
    weightGroup: outputs * inputs * places,
  }
}
