import {
  type Access,
  type CopyPiece,
  type Kernel,
  type MapKernel,
  type RowKernel,
  sizeOf,
  type Space,
} from '@chainrule/tensor'
import { align, cutStrides, mergeAccess } from '../kernels/align.js'
import type { Block, Step } from '../kernels/block.js'
import { written } from '../kernels/fuse-epilogue.js'

/** How a kernel writes one of its outputs, and the same kernel writing it elsewhere. */
interface Writing {
  readonly shape: readonly number[]
  readonly access: Access
  readonly redirect: (access: Access) => Kernel
}

const replaceAt = <Item>(list: readonly Item[], place: number, value: Item): readonly Item[] =>
  list.map((each, other) => (other === place ? value : each))

const spaceWriting = (kernel: MapKernel | RowKernel, output: number): Writing | undefined => {
  const each = kernel.structure.outputs.length
  const place = output % each
  const group = Math.floor(output / each)
  const space = kernel.spaces[group]
  const access = space?.outputs[place]
  if (space === undefined || access === undefined) return undefined
  const redirect = (to: Access): Kernel => {
    const moved = { ...space, outputs: replaceAt(space.outputs, place, to) }
    return { ...kernel, spaces: replaceAt<Space>(kernel.spaces, group, moved) } as Kernel
  }
  // A value a row has no stride along the reduced axes.
  return { shape: space.shape.slice(0, access.strides.length), access, redirect }
}

const writingOf = ({ kernel }: Step, output: number): Writing | undefined => {
  if (kernel.kind === 'map' || kernel.kind === 'row') return spaceWriting(kernel, output)
  if (kernel.kind !== 'matmul') return undefined
  return { ...written(kernel), redirect: (access) => ({ ...kernel, output: access }) }
}

/** The kernel that writes a piece's source, writing the piece's place instead; undefined where it cannot. */
const redirected = (step: Step, output: number, piece: CopyPiece): Kernel | undefined => {
  const writing = writingOf(step, output)
  if (writing === undefined) return undefined
  const { shape, access, redirect } = writing
  const alignment = align(piece.shape, piece.source, shape, access)
  if (alignment === undefined) return undefined
  const lengths = alignment.left.flat()
  if (alignment.pairs.some((pair, axis) => pair === undefined && lengths[axis] !== 1)) return undefined
  const target = { strides: cutStrides(piece.target.strides, alignment.left), offset: piece.target.offset }
  const merged = mergeAccess(target, alignment, shape)
  if (merged === undefined) return undefined
  // A product stores runs of a row or of a column; one element at a time would cost more than the copy.
  const runs = merged.strides.slice(-2).includes(1)
  if (step.kernel.kind === 'matmul' && step.kernel.columns > 1 && !runs) return undefined
  return redirect(merged)
}

/**
 * Lets kernels write their results straight into their places in a concatenation, where only that reads them, so that nothing is
 * left to copy. The block of the concatenation then has several writers: passes that take one for granted come before.
 *
 * @param steps - kernels in order
 * @param wanted - blocks that have to exist at the end
 * @param updates - variables' new values, which only the last steps may write
 * @returns kernels in order
 */
export const writePieces = (
  steps: readonly Step[],
  wanted: ReadonlySet<Block>,
  updates: ReadonlySet<Block>,
): readonly Step[] => {
  const current: (Step | undefined)[] = [...steps]
  const readings = new Map<Block, number>()
  for (const { inputs } of steps) for (const block of inputs) readings.set(block, (readings.get(block) ?? 0) + 1)
  const writers = new Map<Block, number>(
    steps.flatMap(({ outputs }, place) => outputs.map((block) => [block, place] as const)),
  )
  steps.forEach(({ kernel, inputs, outputs, cells, ops }, place) => {
    const [target] = outputs
    if (kernel.kind !== 'copy' || kernel.fill !== undefined || kernel.structure.accumulate) return
    // Several bool elements share a word on a GPU.
    if (target === undefined || updates.has(target) || kernel.structure.dtype === 'bool') return
    const left = kernel.pieces.filter((piece) => {
      const block = inputs[piece.input]
      const writer = block && writers.get(block)
      const step = writer === undefined ? undefined : current[writer]
      if (block === undefined || writer === undefined || step === undefined) return true
      const isAlone =
        readings.get(block) === 1 && kernel.pieces.filter(({ input }) => input === piece.input).length === 1
      const output = step.outputs.indexOf(block)
      if (!isAlone || wanted.has(block) || sizeOf(piece.shape) === 0 || output < 0) return true
      const moved = redirected(step, output, piece)
      if (moved === undefined) return true
      const names = ops.filter((name) => !step.ops.includes(name))
      current[writer] = {
        ...step,
        kernel: moved,
        outputs: replaceAt(step.outputs, output, target),
        ops: [...step.ops, ...names],
      }
      return false
    })
    const used = [...new Set(left.map(({ input }) => input))]
    const pieces = left.map((piece) => ({ ...piece, input: used.indexOf(piece.input) }))
    const rest = used.flatMap((input) => inputs[input] ?? [])
    current[place] =
      pieces.length === 0 ? undefined : { kernel: { ...kernel, pieces }, inputs: rest, outputs: [target], cells, ops }
  })
  return current.flatMap((step) => step ?? [])
}
