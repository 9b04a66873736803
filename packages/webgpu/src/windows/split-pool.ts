import { type DType, itemSize, type PoolKernel, type WindowSizes } from '@chainrule/tensor'
import { isPoolGradient } from '../kernels/pool.js'
import { operandsAt, type Part, range, type Splitter, windowAlignment } from './part.js'
import { splitLeading } from './split-lines.js'

/** An operand of a pool kernel: planes of which places, input or output. */
interface PoolOperand {
  readonly dtype: DType
  readonly offset: number
  readonly side: 'input' | 'output'
}

type Rows = readonly [first: number, end: number]

/** The operands of a kernel: its inputs, then its outputs. */
const operandsOf = ({ structure, offsets }: PoolKernel): readonly [readonly PoolOperand[], readonly PoolOperand[]] => {
  const { operation, dtype } = structure
  const one = (of: DType, offset: number | undefined, side: PoolOperand['side']): PoolOperand => ({
    dtype: of,
    offset: offset ?? 0,
    side,
  })
  const choice = (offset: number | undefined): PoolOperand => one('int32', offset, 'output')
  const [first, second] = offsets.inputs
  const [target, choices] = offsets.outputs
  switch (operation) {
    case 'max':
      return [[one(dtype, first, 'input')], [one(dtype, target, 'output'), choice(choices)]]
    case 'maxGradient':
      return [[one(dtype, first, 'output'), choice(second)], [one(dtype, target, 'input')]]
    case 'maxTake':
      return [[one(dtype, first, 'input'), choice(second)], [one(dtype, target, 'output')]]
    case 'average':
      return [[one(dtype, first, 'input')], [one(dtype, target, 'output')]]
    case 'averageGradient':
      return [[one(dtype, first, 'output')], [one(dtype, target, 'input')]]
  }
}

/** Rows of the input that windows of rows of the output see. */
const seenRows = ({ input, kernel, stride, padding, dilation }: WindowSizes, [first, end]: Rows): Rows => [
  Math.max(0, first * stride[0] - padding[0]),
  Math.min(input[0], (end - 1) * stride[0] + (kernel[0] - 1) * dilation[0] - padding[0] + 1),
]

/** Rows of the output whose windows see rows of the input. */
const seeingRows = ({ output, kernel, stride, padding, dilation }: WindowSizes, [first, end]: Rows): Rows => [
  Math.max(0, Math.ceil((first + padding[0] - (kernel[0] - 1) * dilation[0]) / stride[0])),
  Math.min(output[0], Math.floor((end - 1 + padding[0]) / stride[0]) + 1),
]

/** Cuts planes into rows of what is written; a part sees the rows of the other side that these meet. */
const splitRows = (kernel: PoolKernel, limit: number): readonly Part[] | undefined => {
  const { structure, planes, window } = kernel
  const [inputs, outputs] = operandsOf(kernel)
  const own = isPoolGradient(structure.operation) ? 'input' : 'output'
  const partOf = (plane: number, rows: Rows): Part | undefined => {
    const [from, to] = own === 'input' ? seeingRows(window, rows) : seenRows(window, rows)
    // Rows that meet padding only have a window of nothing, where the plane begins.
    const met: Rows = from < to ? [from, to] : [0, 0]
    const windows = [...inputs, ...outputs].map(({ dtype, offset, side }) => {
      const [height, width] = window[side]
      const [first, end] = side === own ? rows : met
      const start = offset + plane * height * width
      const bytes = itemSize(dtype)
      const byteOffset = Math.floor(((start + first * width) * bytes) / windowAlignment) * windowAlignment
      return {
        byteOffset,
        byteLength: (start + end * width) * bytes - byteOffset,
        offset: start + (side === own ? first * width : 0) - byteOffset / bytes,
      }
    })
    if (windows.some(({ byteLength }) => byteLength > limit)) return undefined
    const offsets = windows.map(({ offset }) => offset)
    const byteOffsets = windows.map(({ byteOffset }) => byteOffset)
    return {
      kernel: {
        ...kernel,
        planes: 1,
        offsets: { inputs: offsets.slice(0, inputs.length), outputs: offsets.slice(inputs.length) },
      },
      box: { start: [plane, rows[0]], shape: [1, rows[1] - rows[0]] },
      inputs: operandsAt(range(inputs.length), byteOffsets),
      outputs: operandsAt(range(outputs.length), byteOffsets, inputs.length),
    }
  }
  const cut = (plane: number, [first, end]: Rows): readonly Part[] | undefined => {
    const part = partOf(plane, [first, end])
    if (part) return [part]
    if (end - first < 2) return undefined
    const middle = Math.ceil((first + end) / 2)
    const upper = cut(plane, [first, middle])
    const lower = upper && cut(plane, [middle, end])
    return lower && [...upper, ...lower]
  }
  const parts = range(planes).map((plane) => cut(plane, [0, window[own][0]]))
  return parts.every((some) => some !== undefined) ? parts.flat() : undefined
}

/** Cuts pooling by planes, and planes by rows where one is longer than a binding. */
export const splitPool: Splitter<PoolKernel> = (kernel, limit) => {
  const { planes, window } = kernel
  const [inputs, outputs] = operandsOf(kernel)
  const whole = [...inputs, ...outputs].map(({ dtype, offset, side }) => {
    const length = window[side][0] * window[side][1]
    return { dtype, offset, step: length, length }
  })
  const parts = splitLeading(planes, whole, limit)?.map((part): Part => {
    const offsets = part.accesses.map(({ offset }) => offset)
    return {
      kernel: {
        ...kernel,
        planes: part.shape[0] ?? 0,
        offsets: { inputs: offsets.slice(0, inputs.length), outputs: offsets.slice(inputs.length) },
      },
      inputs: operandsAt(range(inputs.length), part.byteOffsets),
      outputs: operandsAt(range(outputs.length), part.byteOffsets, inputs.length),
    }
  })
  return parts ?? splitRows(kernel, limit)
}
