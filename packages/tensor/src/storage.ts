import type { Device } from './device.js'

let nextStorage = 0

/**
 * A block of memory on a device. Devices derive their own class from it and keep in it what they need to find the
 * bytes. References are counted by the tensor core; when the last one goes, the device gets the block back.
 */
export class Storage {
  /** Differs for each block ever made in this process. */
  readonly id: number = nextStorage++
  /** The device that the block lies on. */
  readonly device: Device
  /** Size in bytes, as asked for. */
  readonly byteLength: number
  /** Holders: handles, views, residuals, variables, programs. */
  references = 0
  /** Why the contents are unusable, after a device was lost during a write. */
  poison: string | undefined

  /**
   * @param device - the device that the block lies on
   * @param byteLength - size in bytes
   */
  constructor(device: Device, byteLength: number) {
    this.device = device
    this.byteLength = byteLength
  }
}
