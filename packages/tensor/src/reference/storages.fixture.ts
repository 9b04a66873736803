import type { DType, TypedArray } from '../dtype.js'
import type { Storage } from '../storage.js'
import { ReferenceDevice } from './reference-device.js'

/** The device of the tests of kernels. */
export const device = new ReferenceDevice()

/** A new storage with the given contents. */
export const upload = (data: TypedArray): Storage => {
  const storage = device.allocate(data.byteLength)
  device.write(storage, data)
  return storage
}

/** The first elements of a storage. */
export const download = (storage: Storage, dtype: DType, length: number): TypedArray =>
  device.readSync(storage, { shape: [length], strides: [1], offset: 0 }, dtype)

/** How a vector without gaps is walked. */
export const vector = { strides: [1], offset: 0 } as const
