import { type ChainruleError, type Device, Storage } from '@chainrule/tensor'
import type { PooledBuffer } from './buffer-pool.js'

/** A block of memory on a GPU. */
export class WebgpuStorage extends Storage {
  /** Where its bytes lie. */
  readonly buffer: PooledBuffer
  /** Why its contents are wrong, once that is known. */
  failure: ChainruleError | undefined

  /**
   * @param device - the device that the block lies on
   * @param byteLength - size in bytes, as asked for
   * @param buffer - where its bytes lie
   */
  constructor(device: Device, byteLength: number, buffer: PooledBuffer) {
    super(device, byteLength)
    this.buffer = buffer
  }

  /** Marks the contents as wrong. */
  fail(failure: ChainruleError): void {
    this.failure ??= failure
    this.poison ??= failure.message
  }
}
