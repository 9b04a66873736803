import type { ChainruleError, Kernel } from '@chainrule/tensor'

/** What the engine that runs the code can do; detected once, never forced. */
export interface WasmFeatures {
  readonly simd: boolean
  readonly relaxedSimd: boolean
  readonly threads: boolean
}

/**
 * Code of one kernel structure; sizes and addresses are run-time arguments, so one module serves every shape.
 *
 * The module imports its memory as `chainrule.memory` (shared where `features.threads`; see `kernel-module.ts`), and the products
 * of a native library if its plans need one (see `contraction-library.ts`), and exports
 * `run(parameters: i32, scratch: i32, phase: i32, first: i32, last: i32)`: it works off chunks `first … last − 1` of
 * `phase`, reading its arguments from the block at byte address `parameters`, with `scratch` the byte address of
 * memory that no other thread touches meanwhile. Memory may reach 4 GiB: addresses are unsigned. Vector code reads whole
 * vectors at the end of an operand: 16 bytes behind every storage, and behind the scratch, must be readable (by anyone's
 * data; what is read there is never used).
 */
export interface KernelCode {
  /** Same key, same code. */
  readonly key: string
  /** Code whose exports this module imports from `chainrule`, by name. */
  readonly uses?: readonly KernelCode[]
  /** The bytes of the module. */
  build(features: WasmFeatures): Uint8Array<ArrayBuffer>
}

/**
 * One launch of a kernel: code, arguments and how the work is cut. A function of the kernel alone: the device fills in
 * what differs from run to run (addresses of operands, cells, scratch), in its own copy of the parameters.
 */
export interface KernelPlan {
  readonly code: KernelCode
  /**
   * Argument block; the device copies it into memory, 16-byte aligned. It holds one i32 for each operand, inputs then
   * outputs, where the device writes the byte address of the operand's storage; sizes and offsets stand around them as the
   * code wants them. The planner may reuse the buffer: it is valid until the next plan.
   */
  readonly parameters: Uint8Array<ArrayBuffer>
  /** Byte position in `parameters`, a multiple of 4, of the first of the operand addresses; 0 unless said otherwise. */
  readonly operandsAt?: number
  /** Byte position in `parameters`, a multiple of 8, where the device writes the cells as float64, in order. */
  readonly cellsAt: number
  /** How many cell slots the code reads: there is room for no more, should a run be given more. */
  readonly cellCount: number
  /**
   * Number of chunks of each phase, a function of the shape alone and never of the number of threads; every chunk of a
   * phase has ended before the next phase begins. A chunk is worth some 10 to 50 µs: where no phase has two chunks, the
   * device runs the kernel on the calling thread and wakes nobody.
   */
  readonly phases: readonly number[]
  /** Bytes of scratch for each thread, 64-byte aligned. */
  readonly scratchBytes: number
  /** Bytes of scratch that all threads share, 64-byte aligned; the device writes its byte address as i32 at `sharedScratchAt`. */
  readonly sharedScratchBytes: number
  readonly sharedScratchAt: number
  /** How the code reports bad data, such as an index outside its axis. */
  readonly fault?: KernelFault
  /** Calls of a native library that a run makes, and whether several threads may make them at the same time. */
  readonly library?: { readonly calls: number; readonly isConcurrent: boolean }
}

/** A word in which the code says that it met bad data. */
export interface KernelFault {
  /** Byte position in `parameters` of an i32 that the device zeroes before a run and the code sets when it meets bad data. */
  readonly at: number
  /**
   * The error to throw when the word is not zero after a run.
   *
   * @param parameters - the argument block as the run left it
   */
  explain(parameters: DataView): ChainruleError
}

/** Turns a kernel into a launch. */
export type Planner<K extends Kernel> = (kernel: K) => KernelPlan
