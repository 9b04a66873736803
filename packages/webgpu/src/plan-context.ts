import type { Kernel } from '@chainrule/tensor'
import type { Capabilities } from './capabilities.js'
import type { Tile } from './kernels/tile.js'
import type { ProductSizes } from './kernels/tiles.js'
import type { LaunchPlan } from './launch.js'

/** What a planner may take into account besides the kernel. */
export interface PlanContext {
  readonly capabilities: Capabilities
  /** Numbers of the storages of the inputs and outputs: equal numbers, same storage. */
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** The tile that was measured to be the fastest for a product, where that is known. */
  readonly chosenTile?: (kind: string, sizes: ProductSizes) => Tile | undefined
}

/** Turns a kernel into dispatches. Everything that decides the order of accumulation is a function of the kernel. */
export type Planner<K extends Kernel> = (kernel: K, context: PlanContext) => LaunchPlan

/** Threads of a workgroup where nothing asks for another number; every WebGPU device has them. */
export const groupThreads = 256
