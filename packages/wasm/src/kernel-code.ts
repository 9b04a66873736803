import type { Kernel } from '@chainrule/tensor'

/** What the engine that runs the code can do; detected once, never forced. */
export interface WasmFeatures {
  readonly simd: boolean
  readonly relaxedSimd: boolean
  readonly threads: boolean
}

/**
 * Code of one kernel structure; sizes and addresses are run-time arguments, so one module serves every shape.
 *
 * The module imports its memory as `chainrule.memory` (shared where there are threads) and exports
 * `run(parameters: i32, scratch: i32, phase: i32, first: i32, last: i32)`: it works off chunks `first … last − 1` of
 * `phase`, reading its arguments from the block at byte address `parameters`, with `scratch` the byte address of
 * memory that no other thread touches meanwhile.
 */
export interface KernelCode {
  /** Same key, same code. */
  readonly key: string
  /** The bytes of the module. */
  build(features: WasmFeatures): Uint8Array
}

/** One launch of a kernel: code, arguments and how the work is cut. Plain data but for `code`. */
export interface KernelPlan {
  readonly code: KernelCode
  /** Argument block (sizes, strides, byte addresses, cells); the device places it in memory, 16-byte aligned. */
  readonly parameters: Uint8Array
  /** Byte position in `parameters` where the cells stand as float64, in order, so that a replay can renew them. */
  readonly cellsAt: number
  /**
   * Number of chunks of each phase, a function of the shape alone and never of the number of threads; every chunk of a
   * phase has ended before the next phase begins.
   */
  readonly phases: readonly number[]
  /** Bytes of scratch for each thread. */
  readonly scratchBytes: number
  /** Bytes of scratch that all threads share; its byte address is written as i32 at `sharedScratchAt` of the parameters. */
  readonly sharedScratchBytes: number
  readonly sharedScratchAt: number
}

/** Turns a kernel and the byte addresses of its operands into a launch. */
export type Planner<K extends Kernel> = (
  kernel: K,
  inputs: readonly number[],
  outputs: readonly number[],
  cells: readonly number[],
) => KernelPlan
