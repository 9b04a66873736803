import type { Kernel } from '@chainrule/tensor'
import type { LaunchPlan, MemoryReference } from '../launch.js'

/** A kernel that does a part of another's work, and which memory its operands are. */
export interface CompositionStep {
  readonly kernel: Kernel
  readonly inputs: readonly MemoryReference[]
  readonly outputs: readonly MemoryReference[]
}

/**
 * Several kernels, or dispatches planned already, that together do what one kernel means, with intermediate results in
 * scratch memory that may be larger than a binding.
 */
export interface Composition {
  /** Bytes of the scratch blocks that steps share; blocks of single steps follow them. */
  readonly scratch: readonly number[]
  readonly stages: readonly (CompositionStep | LaunchPlan)[]
}
