import { type Access, type Expression, type Kernel, itemSize, sizeOf, type Space } from '@chainrule/tensor'
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

const spaceFlops = (kernel: Extract<Kernel, { kind: 'map' | 'row' }>, { shape }: Space): number => {
  const size = sizeOf(shape)
  if (kernel.kind === 'map') return size * kernel.structure.outputs.reduce((sum, root) => sum + nodes(root), 0)
  const { stages, outputs } = kernel.structure
  return size * [...stages, ...outputs].reduce((sum, { expression }) => sum + 1 + nodes(expression), 0)
}

const blockBytes = ({ inputs, outputs }: Step): number =>
  [...new Set([...inputs, ...outputs])].reduce((sum, { byteLength }) => sum + byteLength, 0)

/** Bytes and operations of one step. */
export const costOf = (step: Step): Cost => {
  const { kernel } = step
  switch (kernel.kind) {
    case 'map':
    case 'row': {
      const spaces: readonly Space[] = kernel.spaces
      const bytes = spaces.reduce((sum, { shape, inputs, outputs }) => {
        const read = inputs.reduce(
          (total, access, place) =>
            total + reached(shape, access) * itemSize(kernel.structure.inputs[place] ?? 'float32'),
          0,
        )
        return (
          sum + read + outputs.reduce((total, { strides }) => total + 4 * sizeOf(shape.slice(0, strides.length)), 0)
        )
      }, 0)
      return { bytes, flops: spaces.reduce((sum, space) => sum + spaceFlops(kernel, space), 0) }
    }
    case 'matmul':
      return { bytes: blockBytes(step), flops: 2 * sizeOf(kernel.batch) * kernel.rows * kernel.columns * kernel.inner }
    case 'convolution': {
      const { batch, inputChannels, outputChannels, groups, window } = kernel
      const taps = (inputChannels / groups) * sizeOf(window.kernel)
      return { bytes: blockBytes(step), flops: 2 * batch * outputChannels * sizeOf(window.output) * taps }
    }
    case 'pool':
    case 'gather':
    case 'scatterAdd':
    case 'random':
    case 'copy':
    case 'scan':
    case 'sort':
      return { bytes: blockBytes(step), flops: 0 }
  }
}
