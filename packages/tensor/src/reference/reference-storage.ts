import type { Device } from '../device.js'
import type { DType } from '../dtype.js'
import { DisposedError } from '../errors.js'
import { Storage } from '../storage.js'
import { type Elements, viewElements } from './elements.js'

/** A block of host memory: a buffer of its own, or a slice of a program's arena. */
export class ReferenceStorage extends Storage {
  /** Elements before the first byte of this block in its buffer. */
  readonly byteOffset: number
  private buffer: ArrayBuffer | undefined
  private readonly views = new Map<DType, Elements>()

  /**
   * @param device - the reference device
   * @param buffer - the memory
   * @param byteOffset - where the block begins, a multiple of 8
   * @param byteLength - size of the block in bytes
   */
  constructor(device: Device, buffer: ArrayBuffer, byteOffset: number, byteLength: number) {
    super(device, byteLength)
    this.buffer = buffer
    this.byteOffset = byteOffset
  }

  /**
   * The block as an array.
   *
   * @param dtype - how to read the bytes
   * @returns a typed array that shares the memory
   * @throws DisposedError after the block was freed
   */
  elements(dtype: DType): Elements {
    const known = this.views.get(dtype)
    if (known !== undefined) return known
    if (this.buffer === undefined) {
      throw new DisposedError(
        `reference device: got storage ${this.id}, which was freed, expected a live one. Keep a tensor on it alive while it is used.`,
      )
    }
    const view = viewElements(dtype, this.buffer, this.byteOffset, this.byteLength)
    this.views.set(dtype, view)
    return view
  }

  /** Lets go of the memory. */
  release(): void {
    this.buffer = undefined
    this.views.clear()
  }
}
