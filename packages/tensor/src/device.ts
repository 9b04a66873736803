import type { DType, TypedArray } from './dtype.js'
import type { Kernel } from './kernel.js'
import type { Storage } from './storage.js'
import type { View } from './view.js'

/** What a device can do; the core and the compiler ask before they rely on it. */
export interface DeviceFeatures {
  /** Dtypes it computes with. */
  readonly dtypes: readonly DType[]
  /** Whether `readSync` exists: results are there when an op returns. */
  readonly synchronous: boolean
  /** Most storages one kernel may use, inputs and outputs together. */
  readonly maxOperands: number
}

/** Port to a device: memory and kernels. It never sees op names. */
export interface Device {
  /** `reference`, `wasm`, `webgpu`. */
  readonly name: string
  readonly features: DeviceFeatures
  /** A new block; its contents are undefined. Throws OutOfMemoryError. `byteLength` may be 0. */
  allocate(byteLength: number): Storage
  /** Takes a block back; called once, when its last reference goes. */
  free(storage: Storage): void
  /** Copies host data to the start of a block. */
  write(storage: Storage, data: ArrayBufferView): void
  /** The elements of a view, row-major, in a new host array. */
  read(storage: Storage, view: View, dtype: DType): Promise<TypedArray>
  /** The same at once; CPU devices only. */
  readSync?(storage: Storage, view: View, dtype: DType): TypedArray
  /** Runs one kernel. On CPU devices it has run when this returns. `cells` are the numbers of the cell slots. */
  run(kernel: Kernel, inputs: readonly Storage[], outputs: readonly Storage[], cells: readonly number[]): void
  /** Readies a program for many runs: addresses resolved, code generated, memory taken. */
  prepare(program: Program): Replay
  /** Gives back threads, memory and handles; every storage becomes unusable. */
  dispose(): void
  /** Text for `doctor`: what was found and what it means for speed. */
  describe(): Readonly<Record<string, string | number | boolean>>
}

/** Kernels with a memory plan, ready to be prepared by a device. Plain data. */
export interface Program {
  readonly steps: readonly ProgramStep[]
  /** Where each operand of the steps lies. */
  readonly operands: readonly ProgramOperand[]
  /** Bytes of the arena in which values live that do not outlast a run. */
  readonly arenaBytes: number
  /** How many storages each run is given. */
  readonly bindings: number
  /** How many cell slots each run is given. */
  readonly cells: number
}

/** One kernel of a program. */
export interface ProgramStep {
  readonly kernel: Kernel
  /** Positions in `Program.operands`. */
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** Slots of the program's cells that become the cells of this kernel, in order. */
  readonly cells: readonly number[]
}

/** An operand lies in the arena from `byteOffset` on (256-byte aligned), or is the storage bound at each run. */
export type ProgramOperand =
  | { readonly kind: 'arena'; readonly byteOffset: number; readonly byteLength: number }
  | { readonly kind: 'binding'; readonly binding: number }

/** A program that a device has readied. */
export interface Replay {
  /** Runs every step in order. `bindings` may differ from run to run; their sizes may not. */
  run(bindings: readonly Storage[], cells: readonly number[]): void
  /**
   * How often the latest run handed work over: submitted command buffers (webgpu), wake-ups of the worker threads (wasm; none where
   * no kernel has work for two of them). 0 where the calling thread does everything, as on the reference device.
   */
  readonly submits: number
  /** Runs the steps one by one and measures each, in milliseconds. */
  profile(bindings: readonly Storage[], cells: readonly number[]): Promise<readonly number[]>
  /** For each step the name of the native library that it runs on, or an empty text; left out where no step uses any. */
  libraries?(): readonly string[]
  /** Gives the arena and the prepared code back. */
  dispose(): void
}
