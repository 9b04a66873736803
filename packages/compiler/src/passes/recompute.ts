import { type Access, itemSize, sizeOf, type Space } from '@chainrule/tensor'
import type { Block, Step } from '../kernels/block.js'
import { fuseProducer, isSingleMap, isSingleRow, spaceOf } from '../kernels/fuse-producer.js'
import { isHeavy } from '../kernels/heavy.js'

const reachedBytes = ({ shape }: Space, { strides }: Access, bytes: number): number =>
  bytes * sizeOf(shape.filter((_, axis) => (strides[axis] ?? 0) !== 0))

/**
 * Computes a cheap map again in every kernel that reads it, rather than writing its result for later: an activation's input that
 * the backward pass wants back, a mask. Only where that moves fewer bytes, costs no function of the kind that `isHeavy` lists, and
 * keeps no operand alive for longer.
 *
 * @param steps - kernels in order
 * @param place - of the map
 * @param readers - places of the kernels that read it, in order
 * @param maxOperands - most operands of one kernel
 * @returns kernels without the map, or undefined where it had better stay
 */
export const recompute = (
  steps: readonly Step[],
  place: number,
  readers: readonly number[],
  maxOperands: number,
): Step[] | undefined => {
  const producer = steps[place]
  if (producer === undefined || !isSingleMap(producer) || producer.kernel.structure.outputs.some(isHeavy))
    return undefined
  const space = spaceOf(producer.kernel)
  const saved = producer.outputs.reduce((sum, { byteLength }) => sum + byteLength, 0) * readers.length
  let added = 0
  const fused = new Map<number, Step>()
  for (const at of readers) {
    const reader = steps[at]
    if (reader === undefined || !(isSingleMap(reader) || isSingleRow(reader))) return undefined
    const livesOn = (block: Block): boolean =>
      block.source !== undefined || steps.slice(at).some(({ inputs }) => inputs.includes(block))
    if (!producer.inputs.every(livesOn)) return undefined
    const made = fuseProducer(producer, reader, new Set(), maxOperands)
    if (made === undefined) return undefined
    fused.set(at, made)
    // The first reader would have read the operands in any case.
    if (at === readers[0]) continue
    producer.inputs.forEach((block, operand) => {
      const access = space.inputs[operand]
      const dtype = producer.kernel.structure.inputs[operand]
      if (access === undefined || dtype === undefined || reader.inputs.includes(block)) return
      added += reachedBytes(space, access, itemSize(dtype))
    })
  }
  if (added >= saved) return undefined
  return steps.flatMap((step, at) => (at === place ? [] : [fused.get(at) ?? step]))
}
