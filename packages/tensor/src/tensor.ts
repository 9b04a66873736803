import type { Device } from './device.js'
import type { DType, TypedArray } from './dtype.js'
import { callerLine } from './caller-line.js'
import { CaptureError, DeviceError, DisposedError, ShapeError } from './errors.js'
import { formatTensor } from './format.js'
import { gradientPort, type BackwardOptions, type GradientHook } from './gradient-port.js'
import { countTensors, dropStorage, holdStorage } from './live-memory.js'
import type { TensorMethods } from './methods.js'
import { activeCapture, type Recorder } from './recorder.js'
import type { Reachable } from './reachable.js'
import { own, type TensorOwner } from './scope.js'
import { isDense, showShape, sizeOf } from './shape.js'
import type { Storage } from './storage.js'
import type { TensorLayout } from './tensor-layout.js'
import { tensorBrand } from './tensor-brand.js'
import { type NestedArray, toNested } from './to-nested.js'

/** What a recorder hangs on a tensor: its place in a graph. */
export interface Trace {
  /** Whose trace it is. */
  readonly recorder: Recorder
  /** Adds the tensors that the graph behind it keeps; their own traces are followed afterwards. */
  reach(reachable: Reachable): void
}

/** Lets garbage collection give storages back; counts handles. */
const collector = new FinalizationRegistry<{ storage: Storage | undefined }>((hold) => {
  if (hold.storage === undefined) return
  countTensors(-1)
  dropStorage(hold.storage)
  hold.storage = undefined
})

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type -- methods.ts attaches the ops to the prototype
export interface Tensor extends TensorMethods {}

/**
 * An immutable n-dimensional array on a device: a handle on a storage, with shape, strides and dtype. All ops exist as
 * functions (`add(a, b)`) and as methods (`a.add(b)`).
 *
 * @example
 * ```ts
 * import { tensor } from '@chainrule/tensor'
 * const x = tensor([[1, 2], [3, 4]])
 * console.log(x.mul(2).sum(0).toString()) // tensor([8, 12], float32)
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- see above
export class Tensor {
  /** Marks tensors. */
  readonly [tensorBrand] = true
  /** Size of each axis. */
  readonly shape: readonly number[]
  /** Element type. */
  readonly dtype: DType
  /** Elements between neighbours along each axis of the storage. */
  strides: readonly number[]
  /** Elements of the storage before the first one. */
  offset: number
  /** Who releases the handle. */
  owner: TensorOwner
  /** The device object behind `device`. */
  home: Device
  #hold: { storage: Storage | undefined }
  #state: 'live' | 'abstract' | 'disposed'
  #watched = false
  #traces: readonly Trace[] = []

  /**
   * Wraps a storage; programs make tensors with `tensor`, `zeros`, … and with ops instead.
   *
   * @param layout - shape, strides, offset and dtype
   * @param storage - the memory, or undefined while a function is captured
   * @param home - the device
   * @param owned - false for handles that no scope may release (variables)
   */
  constructor(layout: TensorLayout, storage: Storage | undefined, home: Device, owned = true) {
    this.shape = layout.shape
    this.dtype = layout.dtype
    this.strides = layout.strides
    this.offset = layout.offset
    this.home = home
    this.#hold = { storage }
    if (storage === undefined) {
      this.#state = 'abstract'
      this.owner = undefined
      return
    }
    this.#state = 'live'
    holdStorage(storage)
    countTensors(1)
    if (owned) own(this)
    else this.watch()
  }

  /** Name of the device that the elements lie on. */
  get device(): string {
    return this.home.name
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape)
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length
  }

  /** Whether the elements lie in row-major order without gaps. */
  get isContiguous(): boolean {
    return isDense(this.shape, this.strides)
  }

  /** Whether the handle was disposed. */
  get isDisposed(): boolean {
    return this.#state === 'disposed'
  }

  /** Whether the tensor stands for a value of a program that is being captured. */
  get isAbstract(): boolean {
    return this.#state === 'abstract'
  }

  /** The memory behind the tensor, if it has any. */
  get storage(): Storage | undefined {
    return this.#hold.storage
  }

  /** Binds another storage; only variables do this. */
  protected rebind(storage: Storage, layout: TensorLayout): void {
    holdStorage(storage)
    const before = this.#hold.storage
    this.#hold.storage = storage
    this.strides = layout.strides
    this.offset = layout.offset
    this.home = storage.device
    if (before !== undefined) dropStorage(before)
  }

  /**
   * The memory behind the tensor.
   *
   * @param operation - who asks, for the message
   * @returns the storage
   * @throws DisposedError after `dispose`, or where a lost device left the contents unusable
   */
  storageFor(operation: string): Storage {
    const { storage } = this.#hold
    if (storage === undefined) {
      if (this.#state === 'abstract') {
        throw new CaptureError(
          `${operation}: got a tensor of a function that is being captured, which has no values yet, expected one outside ` +
            'of it. Return the tensor from the captured function and read it there.',
        )
      }
      throw new DisposedError(
        `${operation}: got a disposed tensor of shape ${showShape(this.shape)}, expected a live one. ` +
          'Return it from its scope, or dispose() later.',
      )
    }
    if (storage.poison !== undefined) throw new DisposedError(`${operation}: ${storage.poison}`)
    return storage
  }

  /** Called before an op uses the tensor; variables tell the recorders. */
  noteRead(): void {
    // A plain tensor never changes, so nobody needs to know.
  }

  /** Has garbage collection release the storage if nobody else does. */
  watch(): void {
    if (this.#watched || this.#state !== 'live') return
    this.#watched = true
    collector.register(this, this.#hold, this.#hold)
  }

  /** Releases the handle; the memory goes when the last handle on it does. Doing it twice is harmless. */
  dispose(): void {
    const { storage } = this.#hold
    if (this.#state === 'disposed') return
    this.#state = 'disposed'
    this.#traces = []
    if (storage === undefined) return
    if (this.#watched) collector.unregister(this.#hold)
    this.#hold.storage = undefined
    countTensors(-1)
    dropStorage(storage)
  }

  /** `using t = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /** The trace that a recorder hung on the tensor. */
  traceOf(recorder: Recorder): Trace | undefined {
    for (const trace of this.#traces) if (trace.recorder === recorder) return trace
    return undefined
  }

  /** Hangs a trace on the tensor in place of an earlier one of the same recorder. */
  setTrace(trace: Trace): void {
    this.#traces =
      this.#traces.length === 0
        ? [trace]
        : [...this.#traces.filter((other) => other.recorder !== trace.recorder), trace]
  }

  /** Takes the trace of a recorder off. */
  dropTrace(recorder: Recorder): void {
    this.#traces = this.#traces.filter((other) => other.recorder !== recorder)
  }

  /** Calls a function with each trace. */
  eachTrace(visit: (trace: Trace) => void): void {
    this.#traces.forEach(visit)
  }

  /**
   * The elements in row-major order.
   *
   * @returns a new typed array (bool: bytes of 0 and 1)
   * @throws CaptureError inside a captured function; DisposedError after `dispose`
   */
  async data(): Promise<TypedArray> {
    refuseReading('data')
    return this.home.read(this.storageFor('data'), this, this.dtype)
  }

  /**
   * The elements in row-major order, at once; on CPU devices only.
   *
   * @returns a new typed array (bool: bytes of 0 and 1)
   * @throws DeviceError on devices that compute asynchronously
   */
  dataSync(): TypedArray {
    refuseReading('dataSync')
    const storage = this.storageFor('dataSync')
    if (this.home.readSync === undefined) {
      throw new DeviceError(
        `dataSync: got a tensor on ${this.device}, which computes asynchronously, expected one on a CPU device. ` +
          'Use await data() instead.',
      )
    }
    return this.home.readSync(storage, this, this.dtype)
  }

  /**
   * Text where text is wanted. A captured tensor has no value to compare or calculate with, and a branch on it would be taken
   * for good.
   *
   * @param hint - what JavaScript wants
   * @returns the text of `toString`
   * @throws CaptureError for a captured tensor where a number is wanted
   */
  [Symbol.toPrimitive](hint: string): string {
    if (this.isAbstract && hint !== 'string') {
      throw new CaptureError(
        `compile: got a captured tensor where JavaScript wants a number, as in if (loss > 1), expected ops on it. ` +
          `Choose between values with where(condition, a, b), or return the tensor and branch outside, not ${callerLine()}.`,
      )
    }
    return String(this.toString())
  }

  /**
   * The only element, as a number (bool: 0 or 1).
   *
   * @returns the number
   * @throws ShapeError when there is not exactly one element
   */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ShapeError(
        `item: got shape ${showShape(this.shape)} (${this.size} elements), expected exactly one. Use toArray() or data().`,
      )
    }
    return (await this.data())[0] ?? Number.NaN
  }

  /**
   * The elements as nested arrays; bool gives booleans, rank 0 the bare value.
   *
   * @returns nested arrays of the tensor's shape
   */
  async toArray(): Promise<NestedArray> {
    return toNested(await this.data(), this.shape, this.dtype)
  }

  /** Whether gradients are collected for this tensor or flow through it. Set it on a leaf to have `grad` filled. */
  get requiresGrad(): boolean {
    return gradientPort('requiresGrad').requiresGrad(this)
  }

  set requiresGrad(value: boolean) {
    gradientPort('requiresGrad').setRequiresGrad(this, value)
  }

  /** The gradient that `backward` left here, on leaves with `requiresGrad`. */
  get grad(): Tensor | undefined {
    return gradientPort('grad').grad(this)
  }

  set grad(value: Tensor | undefined) {
    gradientPort('grad').setGrad(this, value)
  }

  /**
   * Gradients of this tensor with respect to every parameter it was computed from, added to their `grad`.
   *
   * @param options - `gradient`: seed for tensors with more than one element; `retainGraph`: keep the graph for another
   *   backward; `createGraph`: make the gradients differentiable
   * @throws GradientError without a graph, twice over one graph, or without a seed
   */
  backward(options: BackwardOptions = {}): void {
    gradientPort('backward').backward(this, options)
  }

  /**
   * Calls a function with the gradient of this tensor during `backward`; a tensor it returns takes the gradient's place.
   *
   * @param hook - the function
   * @returns a function that removes the hook
   */
  registerHook(hook: GradientHook): () => void {
    return gradientPort('registerHook').registerHook(this, hook)
  }

  /** Prints the tensor with `console.log`, reading it first where the device is asynchronous. */
  async print(): Promise<void> {
    console.log(formatTensor(this, await this.data()))
  }

  /** Shape, dtype and, on CPU devices, values. */
  toString(): string {
    const storage = this.#hold.storage
    const readable = storage !== undefined && storage.poison === undefined && activeCapture() === undefined
    return formatTensor(this, readable ? this.home.readSync?.(storage, this, this.dtype) : undefined)
  }

  /** What Node.js prints for console.log. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

const refuseReading = (operation: string): void => {
  if (activeCapture() !== undefined) {
    throw new CaptureError(
      `${operation}: got a read inside a captured function, where nothing has been computed yet, expected none. ` +
        `Return the tensor from the function and read it there, not ${callerLine()}.`,
    )
  }
}
