import {
  ArgumentError,
  type ChainruleError,
  type Device,
  DeviceError,
  type DeviceFeatures,
  type DType,
  forgetDevice,
  isDense,
  itemSize,
  type Kernel,
  OutOfMemoryError,
  type Program,
  type Replay,
  sizeOf,
  type Storage,
  type TypedArray,
  typedArrayOf,
  type View,
} from '@chainrule/tensor'
import type { Capabilities } from './capabilities.js'
import { adapterName, describeDevice } from './describe-device.js'
import { Dispatcher, type Memory } from './dispatcher.js'
import { faultWords } from './faults.js'
import { checkDtypes } from './kernel-dtypes.js'
import { denseCopy } from './dense-copy.js'
import type { PlanContext } from './plan-context.js'
import { planParts } from './plan-parts.js'
import { Readback } from './readback.js'
import { tuneProduct } from './tune-product.js'
import { Tuner, type TuningRequest } from './tuner.js'
import type { TuningStore } from './tuning-store.js'
import { WebgpuReplay } from './webgpu-replay.js'
import { WebgpuStorage } from './webgpu-storage.js'

/** How a WebGPU device is set up. */
export interface WebgpuDeviceOptions {
  /** Told when the device is lost, with the reason. */
  readonly onLost?: (reason: string) => void
  /** Most bytes of buffers that wait to be reused; 1 GiB by default. */
  readonly poolBytes?: number
  /** Whether to measure which tiles of products are the fastest; by default on GPUs that can time their work. */
  readonly tune?: boolean
  /** Where choices of tiles outlive the process; without it they end with it. */
  readonly tuningStore?: TuningStore
}

/** A device that is already open. */
export interface OpenedDevice {
  readonly gpuDevice: GPUDevice
  readonly capabilities: Capabilities
  readonly info: GPUAdapterInfo | undefined
  /** Whether the GPUDevice is the caller's, who destroys it. */
  readonly isForeign: boolean
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step

/** A GPU through WebGPU: kernels become WGSL, work is gathered and submitted at reads, errors surface there. */
export class WebgpuDevice implements Device {
  readonly name = 'webgpu'
  readonly features: DeviceFeatures
  readonly #opened: OpenedDevice
  /** Turns launches into commands. */
  readonly dispatcher: Dispatcher
  readonly #readback: Readback
  readonly #tuner: Tuner
  readonly #tuningPlace: string | undefined
  readonly #live = new Set<WebgpuStorage>()
  /** Reads under way, which must not hang when the device goes. */
  readonly #waiting = new Set<(reason: ChainruleError) => void>()
  #end: ChainruleError | undefined

  /**
   * @param opened - the device and what it can do
   * @param options - whom to tell of a loss, how much memory may wait
   */
  constructor(opened: OpenedDevice, { onLost, poolBytes = 2 ** 30, tune, tuningStore }: WebgpuDeviceOptions = {}) {
    const { gpuDevice, capabilities, info } = opened
    this.#opened = opened
    const canTime = capabilities.timestamps && info?.isFallbackAdapter !== true
    this.#tuner = new Tuner(adapterName(info), tune ?? canTime, tuningStore)
    this.#tuningPlace = tuningStore?.place
    this.dispatcher = new Dispatcher(gpuDevice, capabilities, poolBytes)
    this.#readback = new Readback(gpuDevice)
    this.features = {
      dtypes: ['bool', 'int32', ...(capabilities.float16 ? (['float16'] as const) : []), 'float32'],
      synchronous: false,
      // One binding is kept for the scratch memory of reductions in several stages.
      maxOperands: capabilities.storageBuffers - 1,
    }
    void gpuDevice.lost.then(({ reason, message }) => {
      if (this.#end) return
      const why = [reason, message].filter((text) => text !== '' && text !== 'unknown').join(': ') || 'unknown reason'
      this.#stop(
        new DeviceError(
          `webgpu: the GPU device was lost (${why}), expected a live one. ` +
            `Call setDevice('webgpu') again and load the parameters from a checkpoint.`,
        ),
      )
      forgetDevice(this)
      onLost?.(why)
    })
  }

  /** @inheritdoc */
  allocate(byteLength: number): WebgpuStorage {
    this.#requireLive()
    const { bufferBytes } = this.#opened.capabilities
    if (byteLength > bufferBytes) {
      throw new OutOfMemoryError(
        `allocate: got ${String(byteLength)} bytes, expected at most ${String(bufferBytes)}, the largest buffer of this GPU. ` +
          'Use a smaller batch or a CPU device.',
      )
    }
    const storage = new WebgpuStorage(this, byteLength, this.dispatcher.pool.take(byteLength, bufferBytes))
    this.#live.add(storage)
    return storage
  }

  /** @inheritdoc */
  free(storage: Storage): void {
    if (!(storage instanceof WebgpuStorage) || !this.#live.delete(storage) || this.#end) return
    this.dispatcher.pool.give(storage.buffer)
  }

  /** @inheritdoc */
  write(storage: Storage, data: ArrayBufferView): void {
    const { buffer, byteLength } = this.#own(storage, 'write')
    if (data.byteLength > byteLength) {
      throw new ArgumentError(
        `write: got ${String(data.byteLength)} bytes, expected at most the ${String(byteLength)} of the storage. Allocate a larger one.`,
      )
    }
    if (data.byteLength === 0) return
    // WebGPU writes whole words, from memory that is not shared.
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const isPlain = bytes.buffer instanceof ArrayBuffer && bytes.byteLength % 4 === 0
    const padded = isPlain ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(roundUp(bytes.byteLength, 4))
    if (!isPlain) padded.set(bytes)
    const { commands } = this.dispatcher
    commands.upload(buffer.gpuBuffer, padded, buffer.usedBy === commands.flight.number)
  }

  /** @inheritdoc */
  async read(storage: Storage, view: View, dtype: DType): Promise<TypedArray> {
    const source = this.#own(storage, 'read')
    const size = sizeOf(view.shape)
    if (size === 0) return new (typedArrayOf(dtype))(0)
    if (isDense(view.shape, view.strides)) return this.#readDense(source, view.offset, size, dtype)
    const dense = this.allocate(size * itemSize(dtype))
    this.run(denseCopy(view, dtype), [source], [dense], [])
    const values = this.#readDense(dense, 0, size, dtype)
    this.free(dense)
    return values
  }

  /** @inheritdoc */
  run(kernel: Kernel, inputs: readonly Storage[], outputs: readonly Storage[], cells: readonly number[]): void {
    const sources = inputs.map((storage) => this.#own(storage, kernel.kind))
    const targets = outputs.map((storage) => this.#own(storage, kernel.kind))
    const { capabilities } = this.#opened
    checkDtypes(kernel, capabilities)
    const requests: TuningRequest[] = []
    const context: PlanContext = {
      capabilities,
      inputs: sources.map(({ id }) => id),
      outputs: targets.map(({ id }) => id),
      chosenTile: (kind, sizes) => this.#tuner.chosen(kind, sizes, (request) => requests.push(request)),
    }
    const largest = Math.max(0, ...[...sources, ...targets].map(({ byteLength }) => byteLength))
    const plan = planParts(kernel, context, largest)
    const { pool, commands } = this.dispatcher
    const scratch = plan.scratch.map((bytes) => pool.take(bytes, capabilities.bufferBytes))
    const memory: Memory = ({ kind, position }) => {
      const buffer = kind === 'scratch' ? scratch[position] : (kind === 'input' ? sources : targets)[position]?.buffer
      if (!buffer) throw new RangeError(`${kernel.kind} has no ${kind} ${String(position)}`)
      return this.dispatcher.windowOf(buffer)
    }
    for (const launch of plan.launches) {
      if (launch.workgroups > 0) this.dispatcher.dispatch(this.dispatcher.resolve(launch, memory), cells)
      for (const source of sources) commands.flight.reads.add(source)
      for (const target of targets) commands.flight.writes.add(target)
    }
    const [request] = requests
    if (request && largest <= capabilities.bindingBytes) {
      tuneProduct(kernel, context, memory, request, this.#tuner, this.dispatcher).catch(() => undefined)
    }
    for (const buffer of scratch) pool.give(buffer)
  }

  /** @inheritdoc */
  prepare(program: Program): Replay {
    this.#requireLive()
    for (const { kernel } of program.steps) checkDtypes(kernel, this.#opened.capabilities)
    return new WebgpuReplay(program, this.dispatcher, this.#tuner, (storage) => this.#own(storage, 'replay'))
  }

  /** @inheritdoc */
  dispose(): void {
    if (this.#end) return
    this.#stop(new DeviceError('webgpu: got a call after dispose(), expected a live device. Start the device again.'))
    this.#readback.dispose()
    this.dispatcher.dispose()
    if (!this.#opened.isForeign) this.#opened.gpuDevice.destroy()
  }

  /** @inheritdoc */
  describe(): Readonly<Record<string, string | number | boolean>> {
    return describeDevice(this.#opened, this.#tuner.size, this.#tuningPlace)
  }

  async #readDense(source: WebgpuStorage, offset: number, size: number, dtype: DType): Promise<TypedArray> {
    const { commands, faults } = this.dispatcher
    const first = offset * itemSize(dtype)
    const start = first - (first % 4)
    const byteLength = roundUp(first + size * itemSize(dtype), 4) - start
    const withFaults = faults.isArmed
    const stagedBytes = byteLength + (withFaults ? faultWords * 4 : 0)
    const staging = this.#readback.take(stagedBytes)
    const copy = { source: source.buffer.gpuBuffer, sourceOffset: start, target: staging, targetOffset: 0, byteLength }
    commands.copy(copy)
    const { flight } = commands
    flight.reads.add(source)
    source.buffer.usedBy = flight.number
    if (withFaults) {
      const { buffer } = faults
      commands.copy({
        ...copy,
        source: buffer.gpuBuffer,
        sourceOffset: 0,
        targetOffset: byteLength,
        byteLength: faultWords * 4,
      })
      commands.upload(buffer.gpuBuffer, new Uint8Array(faultWords * 4), true)
      faults.disarm()
    }
    // Reads of one turn of the event loop share a submit.
    await Promise.resolve()
    if (flight.settled === undefined && !this.#end) commands.flush()
    const bytes = await this.#unlessLost(this.#readback.bytes(staging, stagedBytes), flight.settled)
    if (source.failure) throw source.failure
    const fault = withFaults ? faults.errorOf(new Uint32Array(bytes, byteLength, faultWords)) : undefined
    if (fault) throw fault
    return new (typedArrayOf(dtype))(bytes.slice(first - start, first - start + size * itemSize(dtype)))
  }

  /** The bytes of a read once its batch settled; rejects when the device goes first. */
  #unlessLost(bytes: Promise<ArrayBuffer>, settled: Promise<void> | undefined): Promise<ArrayBuffer> {
    if (this.#end) {
      bytes.catch(() => undefined)
      return Promise.reject(this.#end)
    }
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      const done = (): void => void this.#waiting.delete(reject)
      // A mapping fails first and says less when the device is lost, which is reported right after.
      Promise.all([bytes, settled]).then(
        ([result]) => (done(), resolve(result)),
        (cause: unknown) => {
          void this.#opened.gpuDevice.lost.then(() => reject(this.#end ?? new DeviceError('read: lost', { cause })))
        },
      )
    })
  }

  #stop(reason: ChainruleError): void {
    this.#end = reason
    for (const storage of this.#live) storage.fail(reason)
    this.#live.clear()
    for (const reject of this.#waiting) reject(reason)
    this.#waiting.clear()
  }

  #requireLive(): void {
    if (this.#end) throw this.#end
  }

  #own(storage: Storage, what: string): WebgpuStorage {
    this.#requireLive()
    if (storage instanceof WebgpuStorage && storage.device === this) {
      if (storage.failure) throw storage.failure
      return storage
    }
    throw new DeviceError(
      `${what}: got a storage of ${storage.device.name === this.name ? 'another webgpu device' : storage.device.name}, ` +
        `expected one of this webgpu device. Move the tensor with .to('webgpu') first.`,
    )
  }
}
