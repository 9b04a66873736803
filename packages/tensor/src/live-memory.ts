import type { Storage } from './storage.js'

/** What is alive now. */
export interface MemoryUse {
  /** Handles that were neither disposed nor collected. */
  readonly tensors: number
  /** Bytes of the storages that they, residuals, variables and programs hold. */
  readonly bytes: number
  /** Most bytes at any time. */
  readonly peakBytes: number
}

let tensors = 0
let bytes = 0
let peakBytes = 0

/**
 * What is alive now, over all devices.
 *
 * @returns live tensors, their bytes, and the peak
 *
 * @example
 * ```ts
 * import { memory, scope, zeros } from '@chainrule/tensor'
 * const before = memory().tensors
 * scope(() => { zeros([100, 100]).add(1) })
 * console.log(memory().tensors === before) // true
 * ```
 */
export const memory = (): MemoryUse => ({ tensors, bytes, peakBytes })

/** Counts handles. */
export const countTensors = (change: number): void => {
  tensors += change
}

/** Takes a hold on a storage. */
export const holdStorage = (storage: Storage): void => {
  if (storage.references === 0) {
    bytes += storage.byteLength
    if (bytes > peakBytes) peakBytes = bytes
  }
  storage.references += 1
}

/** Drops a hold; the last one gives the block back to its device. */
export const dropStorage = (storage: Storage): void => {
  storage.references -= 1
  if (storage.references === 0) {
    bytes -= storage.byteLength
    storage.device.free(storage)
  }
}
