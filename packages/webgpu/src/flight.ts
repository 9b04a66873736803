import { type ChainruleError, DeviceError, OutOfMemoryError } from '@chainrule/tensor'
import type { WebgpuStorage } from './webgpu-storage.js'

/**
 * One batch of commands on its way to the GPU. WebGPU reports errors later, so a flight remembers what it read and
 * wrote: when it fails, the results of the failure are marked, and reading them rejects.
 */
export class Flight {
  readonly number: number
  readonly reads = new Set<WebgpuStorage>()
  readonly writes = new Set<WebgpuStorage>()
  /** Errors that are still to be reported by WebGPU, or not. */
  readonly checks: Promise<ChainruleError | undefined>[] = []
  /** Resolves when it is known whether the flight failed, earlier flights included. Set when it is submitted. */
  settled: Promise<void> | undefined

  /** @param number - flights are numbered in the order of their submission */
  constructor(number: number) {
    this.number = number
  }

  /** Waits for the checks and marks what the flight wrote, if it failed or used what a failure left. */
  async settle(previous: Promise<void> | undefined): Promise<void> {
    await previous
    const results = await Promise.all(this.checks)
    let failure = results.find((result) => result !== undefined)
    if (!failure) for (const storage of this.reads) failure ??= storage.failure
    if (failure) for (const storage of this.writes) storage.fail(failure)
    this.reads.clear()
    this.writes.clear()
  }
}

/**
 * The error that a caller gets for one that WebGPU reported.
 *
 * @param error - from an error scope
 * @param what - kernel and shapes
 * @returns an error that names both
 */
export const errorFrom = (error: GPUError, what: string): ChainruleError => {
  const isMemory = error.constructor.name === 'GPUOutOfMemoryError'
  return isMemory
    ? new OutOfMemoryError(
        `${what}: the GPU ran out of memory (${error.message}). Use smaller batches, dispose tensors or use scopes.`,
      )
    : new DeviceError(
        `${what}: WebGPU refused the work: ${error.message.trim()}. This is a fault of the device package.`,
      )
}
