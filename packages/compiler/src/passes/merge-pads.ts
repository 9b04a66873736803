import {
  type Access,
  constant,
  type CopyKernel,
  denseStrides,
  type DType,
  input,
  isDense,
  type MapStructure,
  scalarOps,
  sizeOf,
} from '@chainrule/tensor'
import type { Block, Step } from '../kernels/block.js'
import { isSingleMap, spaceOf } from '../kernels/fuse-producer.js'

/** Places along an axis: start, start + step, … (`length` of them). */
interface Places {
  readonly start: number
  readonly step: number
  readonly length: number
}

/** A piece inside zeros. */
interface Padded {
  readonly kernel: CopyKernel
  readonly source: Block
  readonly places: readonly Places[]
}

const isPlain = (structure: MapStructure): boolean => {
  const [root] = structure.outputs
  if (structure.outputs.length !== 1 || root?.kind !== 'scalar' || root.op !== 'add' || root.dtype === 'bool')
    return false
  const [left, right] = root.arguments
  return left?.kind === 'input' && right?.kind === 'input' && left.input !== right.input
}

/** The shape over which a step adds two dense blocks element by element; undefined for other steps. */
const sumShape = (step: Step | undefined): readonly number[] | undefined => {
  if (step === undefined || !isSingleMap(step) || !isPlain(step.kernel.structure)) return undefined
  const { shape, inputs, outputs } = spaceOf(step.kernel)
  const dense = (access: Access): boolean => access.offset === 0 && isDense(shape, access.strides)
  return [...inputs, ...outputs].every(dense) ? shape : undefined
}

/** Where the only piece of a copy into zeros lies in a block of a shape. */
const paddedBy = (step: Step | undefined, shape: readonly number[]): Padded | undefined => {
  if (step?.kernel.kind !== 'copy') return undefined
  const { kernel, inputs } = step
  const [piece, ...others] = kernel.pieces
  const [source] = inputs
  if (piece === undefined || source === undefined || others.length > 0 || piece.shape.length !== shape.length)
    return undefined
  if (!Object.is(kernel.fill?.value, 0) || kernel.structure.accumulate) return undefined
  let rest = piece.target.offset
  const places = denseStrides(shape).map((stride, axis): Places => {
    const start = stride === 0 ? 0 : Math.floor(rest / stride)
    rest -= start * stride
    const moves = piece.target.strides[axis] ?? 0
    return { start, step: stride === 0 ? 1 : moves / stride, length: piece.shape[axis] ?? 0 }
  })
  return places.every(({ step: by }) => Number.isInteger(by) && by > 0) ? { kernel, source, places } : undefined
}

const areApart = (a: Places, b: Places): boolean =>
  a.start + (a.length - 1) * a.step < b.start ||
  b.start + (b.length - 1) * b.step < a.start ||
  (a.step === b.step && (a.start - b.start) % a.step !== 0)

const areDisjoint = (pieces: readonly Padded[]): boolean =>
  pieces.every((one, place) =>
    pieces
      .slice(place + 1)
      .every((other) => one.places.some((places, axis) => areApart(places, other.places[axis] ?? places))),
  )

const plusZero = (dtype: DType): MapStructure => ({
  inputs: [dtype],
  outputs: [scalarOps.add(input(0, dtype), constant(0, dtype))],
})

/**
 * Adjoints of slices of one value are pieces inside zeros that are added up. Where the pieces do not overlap, each result is one of
 * them plus zeros: they are placed side by side by one copy, into zeros only where something is left open. Adding zero
 * once keeps the bits, as it turns −0 into 0 like the sum does.
 *
 * @param steps - kernels in order, each block with one writer
 * @param wanted - blocks that have to exist at the end
 * @returns kernels in order
 */
export const mergePads = (steps: readonly Step[], wanted: ReadonlySet<Block>): readonly Step[] => {
  const writers = new Map(steps.flatMap((step) => step.outputs.map((block) => [block, step] as const)))
  const readers = new Map<Block, Step[]>()
  for (const step of steps) for (const block of step.inputs) readers.set(block, [...(readers.get(block) ?? []), step])
  const isInner = (block: Block): boolean => !wanted.has(block) && readers.get(block)?.length === 1
  const isPart = (block: Block, shape: readonly number[]): boolean =>
    isInner(block) && sumShape(writers.get(block))?.join() === shape.join()
  let nextId =
    1 + steps.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]).reduce((most, { id }) => Math.max(most, id), 0)
  const gone = new Set<Step>()
  const instead = new Map<Step, readonly Step[]>()

  const merge = (root: Step, shape: readonly number[]): void => {
    const leaves: Block[] = []
    const sums: Step[] = []
    const collect = (step: Step): void => {
      sums.push(step)
      for (const block of step.inputs) {
        const writer = writers.get(block)
        if (writer !== undefined && isPart(block, shape)) collect(writer)
        else leaves.push(block)
      }
    }
    collect(root)
    const pads = leaves.flatMap((block) => {
      const writer = isInner(block) ? writers.get(block) : undefined
      const padded = paddedBy(writer, shape)
      return writer !== undefined && padded !== undefined ? [{ block, writer, padded }] : []
    })
    const others = leaves.filter((block) => !pads.some((pad) => pad.block === block))
    // Two values that are no pads may not change places with what is added between them.
    if (pads.length < 2 || others.length > 1 || !areDisjoint(pads.map(({ padded }) => padded))) return
    const [target] = root.outputs
    const [first] = pads
    if (target === undefined || first === undefined) return
    const { dtype } = first.padded.kernel.structure
    const made = (byteLength: number): Block => ({ id: nextId++, byteLength, source: undefined })
    const itemBytes = target.byteLength / Math.max(1, sizeOf(shape))
    const dense = (of: readonly number[]): Access => ({ strides: denseStrides(of), offset: 0 })
    const parts = pads.flatMap(({ padded: { kernel, source }, writer }) => {
      const [piece] = kernel.pieces
      if (piece === undefined) return []
      const output = made(sizeOf(piece.shape) * itemBytes)
      const step: Step = {
        kernel: {
          kind: 'map',
          structure: plusZero(dtype),
          spaces: [{ shape: piece.shape, inputs: [piece.source], outputs: [dense(piece.shape)] }],
        },
        inputs: [source],
        outputs: [output],
        cells: [],
        ops: writer.ops,
      }
      return [{ step, output, piece }]
    })
    const covered = parts.reduce((sum, { piece }) => sum + sizeOf(piece.shape), 0) === sizeOf(shape)
    const [other] = others
    const joined = other === undefined ? target : made(target.byteLength)
    const copy: Step = {
      kernel: {
        kind: 'copy',
        structure: { dtype, accumulate: false },
        ...(!covered && { fill: { value: 0, size: sizeOf(shape), offset: 0 } }),
        pieces: parts.map(({ piece }, place) => ({ ...piece, input: place, source: dense(piece.shape) })),
      },
      inputs: parts.map(({ output }) => output),
      outputs: [joined],
      cells: [],
      ops: root.ops,
    }
    const last: Step[] = other === undefined ? [] : [{ ...root, inputs: [other, joined] }]
    for (const step of [...sums, ...pads.map(({ writer }) => writer)]) gone.add(step)
    instead.set(root, [...parts.map(({ step }) => step), copy, ...last])
  }

  for (const step of steps) {
    const shape = sumShape(step)
    const [output] = step.outputs
    if (shape === undefined || output === undefined) continue
    const isNested = isInner(output) && sumShape(readers.get(output)?.[0])?.join() === shape.join()
    if (!isNested) merge(step, shape)
  }
  return steps.flatMap((step) => instead.get(step) ?? (gone.has(step) ? [] : [step]))
}
