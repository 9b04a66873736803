import {
  type Access,
  type CopyKernel,
  type DType,
  type Expression,
  itemSize,
  type Kernel,
  type MatmulKernel,
  sizeOf,
  type Space,
} from '@chainrule/tensor'
import type { Step } from './block.js'

/** What a kernel does, counted from its sizes. */
export interface Cost {
  /** Bytes read and written. */
  readonly bytes: number
  /** Arithmetic operations; a multiply–add counts two, any other scalar primitive one. */
  readonly flops: number
}

const nodes = (root: Expression): number =>
  root.kind === 'scalar' ? 1 + root.arguments.reduce((sum, part) => sum + nodes(part), 0) : 0

/** Elements that an access reaches: axes with stride 0 repeat. */
const reached = (shape: readonly number[], { strides }: Access): number =>
  sizeOf(shape.filter((_, axis) => strides[axis] !== 0))

const spaceFlops = (kernel: Extract<Kernel, { kind: 'map' | 'row' }>, { shape, outputs: accesses }: Space): number => {
  const size = sizeOf(shape)
  if (kernel.kind === 'map') return size * kernel.structure.outputs.reduce((sum, root) => sum + nodes(root), 0)
  const { stages, outputs } = kernel.structure
  // Reducing takes one operation for each element.
  const reduced = stages.reduce((sum, { expression }) => sum + size * (1 + nodes(expression)), 0)
  return outputs.reduce(
    (sum, { expression }, place) => sum + sizeOf(shape.slice(0, accesses[place]?.strides.length)) * nodes(expression),
    reduced,
  )
}

const accessedBytes = (shape: readonly number[], accesses: readonly Access[], dtypes: readonly DType[]): number =>
  accesses.reduce((sum, access, place) => sum + reached(shape, access) * itemSize(dtypes[place] ?? 'float32'), 0)

/** Each operand of a product counts once, however often its tiles are read, and only the part that it reaches. */
const matmulBytes = ({
  structure,
  batch,
  rows,
  columns,
  inner,
  a,
  b,
  output,
  epilogueInputs,
}: MatmulKernel): number => {
  const { dtype, epilogue } = structure
  const shape = [...batch, rows, columns]
  return (
    accessedBytes([...batch, rows, inner], [a], [dtype]) +
    accessedBytes([...batch, inner, columns], [b], [dtype]) +
    accessedBytes(shape, [output], [epilogue?.expression.dtype ?? dtype]) +
    accessedBytes(shape, epilogueInputs, epilogue?.inputs ?? [])
  )
}

/** Pieces are read and written; a fill writes what it fills. */
const copyBytes = ({ structure, fill, pieces }: CopyKernel): number =>
  itemSize(structure.dtype) *
  ((fill?.size ?? 0) + pieces.reduce((sum, { shape, source }) => sum + reached(shape, source) + sizeOf(shape), 0))

const blockBytes = ({ inputs, outputs }: Step): number =>
  [...new Set([...inputs, ...outputs])].reduce((sum, { byteLength }) => sum + byteLength, 0)

/** Bytes and operations of one step. */
export const costOf = (step: Step): Cost => {
  const { kernel } = step
  switch (kernel.kind) {
    case 'map':
    case 'row': {
      const spaces: readonly Space[] = kernel.spaces
      const { inputs, outputs } = kernel.structure
      const written = outputs.map((output) => ('per' in output ? output.expression.dtype : output.dtype))
      const bytes = spaces.reduce(
        (sum, space) =>
          sum +
          accessedBytes(space.shape, space.inputs, inputs) +
          // What has a value a row has strides for the kept axes alone.
          space.outputs.reduce(
            (total, access, place) =>
              total + sizeOf(space.shape.slice(0, access.strides.length)) * itemSize(written[place] ?? 'float32'),
            0,
          ),
        0,
      )
      return { bytes, flops: spaces.reduce((sum, space) => sum + spaceFlops(kernel, space), 0) }
    }
    case 'matmul':
      return {
        bytes: matmulBytes(kernel),
        flops: 2 * sizeOf(kernel.batch) * kernel.rows * kernel.columns * kernel.inner,
      }
    case 'convolution': {
      const { batch, inputChannels, outputChannels, groups, window } = kernel
      const taps = (inputChannels / groups) * sizeOf(window.kernel)
      return { bytes: blockBytes(step), flops: 2 * batch * outputChannels * sizeOf(window.output) * taps }
    }
    case 'copy':
      return { bytes: copyBytes(kernel), flops: 0 }
    case 'pool':
    case 'gather':
    case 'scatterAdd':
    case 'random':
    case 'scan':
    case 'sort':
      return { bytes: blockBytes(step), flops: 0 }
  }
}
