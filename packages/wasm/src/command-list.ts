import type { Allocator, Block } from './allocator.js'
import type { CompiledCode, RunKernel } from './code-cache.js'
import { command } from './control-block.js'
import type { LinearMemory } from './linear-memory.js'

/** One phase of one kernel, ready to run. */
export interface Command {
  readonly compiled: CompiledCode
  readonly run: RunKernel
  /** Byte address of the argument block. */
  readonly parameters: number
  readonly phase: number
  readonly chunks: number
  /** Whether only the main thread may run chunks. */
  readonly mainOnly: boolean
}

/**
 * Lists of commands in shared memory. Memory that has held a list only ever holds lists, so a worker that is late by a run
 * still finds claim words there, and sees by their epoch that they are not for it.
 */
export class CommandLists {
  readonly #memory: LinearMemory
  readonly #allocator: Allocator
  readonly #spare: Block[] = []

  constructor(memory: LinearMemory, allocator: Allocator) {
    this.#memory = memory
    this.#allocator = allocator
  }

  /**
   * Memory for a list.
   *
   * @param commands - how many commands it will have
   * @returns a block, every claim word zero or of an older run
   */
  take(commands: number): Block {
    const needed = Math.max(1, commands) * command.bytes
    const found = this.#spare.findIndex((block) => block.byteLength >= needed)
    const [spare] = found < 0 ? [] : this.#spare.splice(found, 1)
    if (spare !== undefined) return spare
    const block = this.#allocator.allocate(needed, 'program')
    this.#memory.bytes.fill(0, block.address, block.address + block.byteLength)
    return block
  }

  /** Takes memory of a list back. */
  give(block: Block): void {
    this.#spare.push(block)
  }

  /**
   * Writes a command.
   *
   * @param address - byte address of the command
   * @param slot - slot of its code
   * @param written - the command
   */
  write(address: number, slot: number, written: Omit<Command, 'compiled' | 'run'>): void {
    const { words } = this.#memory
    words[(address + command.chunks) >>> 2] = written.chunks
    words[(address + command.slot) >>> 2] = slot
    words[(address + command.parameters) >>> 2] = written.parameters
    words[(address + command.phase) >>> 2] = written.phase
    words[(address + command.mainOnly) >>> 2] = written.mainOnly ? 1 : 0
  }
}
