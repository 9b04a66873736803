import { type Device, Storage } from '@chainrule/tensor'
import type { Block } from './allocator.js'

/** A storage of the wasm device: a block of its linear memory. */
export class WasmStorage extends Storage {
  /** Where the bytes lie; undefined once they were given back. */
  block: Block | undefined
  /** Byte address of the first element. */
  readonly address: number

  /**
   * @param device - the device
   * @param byteLength - size in bytes, as asked for
   * @param block - where the bytes lie
   */
  constructor(device: Device, byteLength: number, block: Block) {
    super(device, byteLength)
    this.block = block
    this.address = block.address
  }
}
