import { sizeOf } from '@chainrule/tensor'
import type { Block, Step } from '../kernels/block.js'
import { fuseEpilogue } from '../kernels/fuse-epilogue.js'
import { fuseProducer, isSingleMap, isSingleRow, spaceOf } from '../kernels/fuse-producer.js'
import { fuseRowReader } from '../kernels/fuse-row-reader.js'
import { recompute } from './recompute.js'

/** Blocks that must exist when the program ends. */
export type Wanted = ReadonlySet<Block>

/** The steps that read a block, in order. */
const readersOf = (steps: readonly Step[], blocks: readonly Block[]): number[] =>
  steps.flatMap((step, place) => (step.inputs.some((block) => blocks.includes(block)) ? [place] : []))

/** Outputs of a step that are wanted outside or read by steps other than the given one. */
const neededBeside = (steps: readonly Step[], producer: Step, reader: number, wanted: Wanted): ReadonlySet<Block> =>
  new Set(
    producer.outputs.filter(
      (block) => wanted.has(block) || steps.some((step, place) => place !== reader && step.inputs.includes(block)),
    ),
  )

/** Step `place` fused with the first step that reads it, put where that one stands; undefined where they do not fit. */
const fuseAt = (steps: readonly Step[], place: number, wanted: Wanted, maxOperands: number): Step[] | undefined => {
  const producer = steps[place]
  if (producer === undefined) return undefined
  const readers = readersOf(steps, producer.outputs)
  const [reader] = readers
  const consumer = reader === undefined ? undefined : steps[reader]
  if (reader === undefined || consumer === undefined) return undefined
  if (collectsRows(steps, producer, consumer)) return undefined
  const needed = neededBeside(steps, producer, reader, wanted)
  if (readers.length > 1 && !producer.outputs.some((block) => wanted.has(block))) {
    const cheaper = recompute(steps, place, readers, maxOperands)
    if (cheaper !== undefined) return cheaper
  }
  const fused = tryFuse(producer, consumer, needed, maxOperands)
  if (fused === undefined) return undefined
  return steps.flatMap((step, other) => (other === place ? [] : other === reader ? [fused] : [step]))
}

/** Maps this small cost a launch and nothing else. */
const fewElements = 64

/**
 * Whether a small map gathers the results of several row kernels, such as the norms of all gradients: those had better stay
 * alike, so that one launch can carry them all out.
 */
const collectsRows = (steps: readonly Step[], producer: Step, consumer: Step): boolean =>
  isSingleRow(producer) &&
  isSingleMap(consumer) &&
  sizeOf(spaceOf(consumer.kernel).shape) <= fewElements &&
  steps.some(
    (other) =>
      other !== producer && isSingleRow(other) && other.outputs.some((block) => consumer.inputs.includes(block)),
  )

const tryFuse = (producer: Step, consumer: Step, needed: ReadonlySet<Block>, maxOperands: number): Step | undefined => {
  if (isSingleMap(producer)) return fuseProducer(producer, consumer, needed, maxOperands)
  if (isSingleRow(producer)) return fuseRowReader(producer, consumer, needed, maxOperands)
  return needed.size === 0 ? fuseEpilogue(producer, consumer, maxOperands) : undefined
}

/**
 * Fuses kernels greedily: contractions first, since a map that went into another kernel can no longer be their epilogue;
 * then maps into their readers and readers into row kernels, until nothing changes. Every fusion saves writing or reading a
 * block, so none is made worse by another.
 */
export const fuse = (steps: readonly Step[], wanted: Wanted, maxOperands: number): readonly Step[] => {
  let current = steps
  const sweep = (chosen: (step: Step) => boolean): boolean => {
    let changed = false
    for (let place = 0; place < current.length; place++) {
      const step = current[place]
      const next = step !== undefined && chosen(step) ? fuseAt(current, place, wanted, maxOperands) : undefined
      if (next !== undefined) {
        current = next
        changed = true
        // What came to stand at this place has not been looked at.
        place -= 1
      }
    }
    return changed
  }
  const isContraction = ({ kernel }: Step): boolean => kernel.kind === 'matmul' || kernel.kind === 'convolution'
  const isMap = ({ kernel }: Step): boolean => kernel.kind === 'map'
  let changed = true
  while (changed) {
    changed = sweep(isContraction)
    changed = sweep(isMap) || changed
    changed = sweep((step) => !isMap(step) && !isContraction(step)) || changed
  }
  return current
}
