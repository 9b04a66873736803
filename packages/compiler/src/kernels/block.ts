import type { Kernel } from '@chainrule/tensor'
import type { Source } from '../capture/captured.js'

/** A block of memory of a program: an input of the graph, or what a kernel writes. */
export interface Block {
  /** Differs within a program. */
  readonly id: number
  readonly byteLength: number
  /** Where an input comes from; undefined for what kernels write. */
  readonly source: Source | undefined
}

/** One kernel of a program while it is rewritten. */
export interface Step {
  readonly kernel: Kernel
  readonly inputs: readonly Block[]
  readonly outputs: readonly Block[]
  /** Slots of the program's cells that become the kernel's, in order. */
  readonly cells: readonly number[]
  /** Names of the ops it carries out. */
  readonly ops: readonly string[]
}
