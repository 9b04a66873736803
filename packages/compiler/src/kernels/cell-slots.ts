import type { Cell } from '@chainrule/tensor'
import type { HostStep } from '../capture/captured.js'

/** A cell or number as a key of a map, which would take −0 for 0. */
export const cellKey = (cell: number | Cell): number | Cell | '-0' => (Object.is(cell, -0) ? '-0' : cell)

/** The slots of a program's cells: those that the capture gave, and those of numbers that lowering adds. */
export class CellSlots {
  /** What the host does at each replay, in order. */
  readonly host: HostStep[]
  #count: number
  readonly #added = new Map<number | Cell | '-0', number>()

  /**
   * @param host - what the capture noted
   * @param count - slots given so far
   */
  constructor(host: readonly HostStep[], count: number) {
    this.host = [...host]
    this.#count = count
    for (const step of host)
      if (step.kind === 'read' && typeof step.cell === 'number') this.#added.set(cellKey(step.cell), step.slot)
  }

  /** How many slots there are. */
  get count(): number {
    return this.#count
  }

  /** The slot of a number, or of a cell read after everything else. */
  slotOf(cell: number | Cell): number {
    const known = this.#added.get(cellKey(cell))
    if (known !== undefined) return known
    const slot = this.#count++
    this.#added.set(cellKey(cell), slot)
    this.host.push({ kind: 'read', cell, slot })
    return slot
  }

  /** The number in a slot, where it is the same at every replay. */
  fixed(slot: number): number | undefined {
    const step = this.host.find((candidate) => candidate.kind === 'read' && candidate.slot === slot)
    return step?.kind === 'read' && typeof step.cell === 'number' ? step.cell : undefined
  }
}
