import type { Block, Step } from '../kernels/block.js'
import type { CellSlots } from '../kernels/cell-slots.js'

/** Kernels split by when they can run. */
export interface FoldedSteps {
  /** Run once, when the program is made: their operands are the same at every replay. */
  readonly once: readonly Step[]
  /** Run at every replay. */
  readonly rest: readonly Step[]
}

/** Results beyond this are computed anew: they would stay in memory, while a plan lets others have their place. */
const largestKept = 1 << 22

/**
 * Finds the kernels that compute from constants alone (masks, positions, fixed tables), whose results are constants as well.
 * Random numbers are never constant; results of the program are made at each replay.
 *
 * @param steps - kernels in order
 * @param wanted - blocks that have to be written at each replay
 * @param slots - tells which cells are the same at every replay
 * @returns what runs once, and the rest
 */
export const foldConstants = (
  steps: readonly Step[],
  wanted: ReadonlySet<Block>,
  slots: Pick<CellSlots, 'fixed'>,
): FoldedSteps => {
  const known = new Set<Block>()
  const once: Step[] = []
  for (const step of steps) {
    const { kernel, inputs, outputs, cells } = step
    const isConstant =
      kernel.kind !== 'random' &&
      inputs.every((block) => block.source?.kind === 'constant' || known.has(block)) &&
      cells.every((slot) => slots.fixed(slot) !== undefined) &&
      outputs.every((block) => !wanted.has(block) && block.byteLength <= largestKept)
    if (!isConstant) continue
    once.push(step)
    outputs.forEach((block) => known.add(block))
  }
  const taken = new Set(once)
  return { once, rest: steps.filter((step) => !taken.has(step)) }
}
