import { bufferUsage, mapRead } from './gpu-flags.js'
import { sizeClass } from './buffer-pool.js'

/** Buffers that the host can read, reused by size class; any number of reads may be under way. */
export class Readback {
  readonly #gpuDevice: GPUDevice
  readonly #free = new Map<number, GPUBuffer[]>()

  /** @param gpuDevice - where the buffers are made */
  constructor(gpuDevice: GPUDevice) {
    this.#gpuDevice = gpuDevice
  }

  /**
   * A buffer to copy into.
   *
   * @param byteLength - bytes that it must hold at least
   * @returns a buffer that is not mapped
   */
  take(byteLength: number): GPUBuffer {
    const size = sizeClass(byteLength)
    const known = this.#free.get(size)?.pop()
    if (known) return known
    return this.#gpuDevice.createBuffer({
      label: 'readback',
      size,
      usage: bufferUsage.mapRead | bufferUsage.copyDestination,
    })
  }

  /**
   * Waits until the commands before are done and takes the bytes out.
   *
   * @param staging - a buffer from `take` into which a submitted batch copies
   * @param byteLength - bytes to read
   * @returns a copy of the bytes
   */
  async bytes(staging: GPUBuffer, byteLength: number): Promise<ArrayBuffer> {
    await staging.mapAsync(mapRead, 0, byteLength)
    const bytes = staging.getMappedRange(0, byteLength).slice(0)
    staging.unmap()
    const list = this.#free.get(staging.size)
    if (list) list.push(staging)
    else this.#free.set(staging.size, [staging])
    return bytes
  }

  /** Destroys the buffers that wait. */
  dispose(): void {
    for (const list of this.#free.values()) for (const buffer of list) buffer.destroy()
    this.#free.clear()
  }
}
