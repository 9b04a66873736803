import type { Kernel } from '@chainrule/tensor'
import type { Capabilities } from './capabilities.js'
import type { Tile } from './kernels/tile.js'
import type { ProductSizes } from './kernels/tiles.js'
import type { LaunchPlan } from './launch.js'

/**
 * The part of a kernel's index space that a plan covers, where the whole would need more memory than a binding can see.
 * Sizes of the kernel stay those of the whole, from which strides follow; its offsets are those of the part's first
 * elements. Axes are [outer, axis, count, inner] of gather and scatter-add, [outer, axis, inner] of scan, and [plane, row]
 * of what pooling writes.
 */
export interface Box {
  readonly start: readonly number[]
  readonly shape: readonly number[]
  /** Where the running values of a scan's first line lie in its scratch memory. */
  readonly carryOffset?: number
}

/** What a planner may take into account besides the kernel. */
export interface PlanContext {
  readonly capabilities: Capabilities
  /** Numbers of the storages of the inputs and outputs: equal numbers, same storage. */
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** The part to plan; the whole without it. */
  readonly box?: Box
  /** The tile that was measured to be the fastest for a product, where that is known. */
  readonly chosenTile?: (kind: string, sizes: ProductSizes) => Tile | undefined
}

/** Turns a kernel into dispatches. Everything that decides the order of accumulation is a function of the kernel. */
export type Planner<K extends Kernel> = (kernel: K, context: PlanContext) => LaunchPlan

/** Threads of a workgroup where nothing asks for another number; every WebGPU device has them. */
export const groupThreads = 256
