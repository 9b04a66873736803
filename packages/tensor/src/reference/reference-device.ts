import type { Device, DeviceFeatures, Program, Replay } from '../device.js'
import type { DType, TypedArray } from '../dtype.js'
import { ArgumentError, DeviceError, OutOfMemoryError } from '../errors.js'
import type { Kernel } from '../kernel.js'
import type { Storage } from '../storage.js'
import type { View } from '../view.js'
import { BlockWalk } from './block-walk.js'
import { makeElements } from './elements.js'
import { ReferenceReplay } from './reference-replay.js'
import { ReferenceStorage } from './reference-storage.js'
import { runKernel } from './run-kernel.js'

/**
 * The oracle: every kernel in plain TypeScript on host memory. Sums and contractions accumulate in float64, and the
 * result of every scalar primitive is rounded to the dtype of its node, so fusing kernels does not change any bit.
 *
 * @example
 * ```ts
 * import { ReferenceDevice } from '@chainrule/tensor'
 * const device = new ReferenceDevice()
 * const storage = device.allocate(8)
 * device.write(storage, Float32Array.of(1, 2))
 * console.log(device.readSync(storage, { shape: [2], strides: [-1], offset: 1 }, 'float32')) // Float32Array [2, 1]
 * ```
 */
export class ReferenceDevice implements Device {
  readonly name = 'reference'
  readonly features: DeviceFeatures = {
    dtypes: ['bool', 'int32', 'float32', 'float64'],
    synchronous: true,
    maxOperands: Number.MAX_SAFE_INTEGER,
  }
  private isDisposed = false

  /** @inheritdoc */
  allocate(byteLength: number): ReferenceStorage {
    this.requireLive()
    return new ReferenceStorage(this, this.allocateBuffer(byteLength), 0, byteLength)
  }

  /** @inheritdoc */
  free(storage: Storage): void {
    this.own(storage).release()
  }

  /** @inheritdoc */
  write(storage: Storage, data: ArrayBufferView): void {
    const bytes = this.own(storage).elements('bool')
    if (data.byteLength > bytes.length) {
      throw new ArgumentError(
        `write: got ${data.byteLength} bytes, expected at most the ${bytes.length} of the storage. Allocate a larger one.`,
      )
    }
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }

  /** @inheritdoc */
  read(storage: Storage, view: View, dtype: DType): Promise<TypedArray> {
    return Promise.resolve(this.readSync(storage, view, dtype))
  }

  /** @inheritdoc */
  readSync(storage: Storage, view: View, dtype: DType): TypedArray {
    const walk = new BlockWalk(view.shape, [view])
    const result = makeElements(dtype, walk.size)
    walk.load(0, this.own(storage).elements(dtype), 0, walk.size, result)
    return result
  }

  /** @inheritdoc */
  run(kernel: Kernel, inputs: readonly Storage[], outputs: readonly Storage[], cells: readonly number[]): void {
    runKernel(
      kernel,
      inputs.map((storage) => this.own(storage)),
      outputs.map((storage) => this.own(storage)),
      cells,
    )
  }

  /** @inheritdoc */
  prepare(program: Program): Replay {
    this.requireLive()
    return new ReferenceReplay(this, program, this.allocateBuffer(program.arenaBytes))
  }

  /** @inheritdoc */
  dispose(): void {
    this.isDisposed = true
  }

  /** @inheritdoc */
  describe(): Readonly<Record<string, string | number | boolean>> {
    return { name: this.name, threads: 1, purpose: 'the oracle in plain TypeScript: exact rather than fast' }
  }

  private allocateBuffer(byteLength: number): ArrayBuffer {
    try {
      return new ArrayBuffer(byteLength)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new OutOfMemoryError(
        `allocate: got a request for ${byteLength} bytes, expected what the JavaScript engine can give. Use smaller tensors, or dispose of some.`,
      )
    }
  }

  private requireLive(): void {
    if (this.isDisposed) {
      throw new DeviceError(
        'reference device: got a call after dispose(), expected a live device. Start the device again.',
      )
    }
  }

  private own(storage: Storage): ReferenceStorage {
    this.requireLive()
    if (storage instanceof ReferenceStorage && storage.device === this) return storage
    throw new DeviceError(
      `reference device: got a storage of ${storage.device === this ? 'another class' : `another device (${storage.device.name})`}, expected one of its own. Move the tensor with to(device) first.`,
    )
  }
}
