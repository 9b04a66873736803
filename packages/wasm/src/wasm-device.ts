import {
  type Device,
  type DeviceFeatures,
  DeviceError,
  DisposedError,
  type DType,
  type Kernel,
  type Program,
  type Replay,
  type Storage,
  type TypedArray,
  type View,
} from '@chainrule/tensor'
import { Allocator } from './allocator.js'
import { CodeCache } from './code-cache.js'
import {
  chosenLibrary,
  type ContractionLibrary,
  type LibraryChoice,
  productsOf,
  whyNoLibrary,
} from './contraction-library.js'
import { controlBlock } from './control-block.js'
import { availableThreads, detectFeatures, whyNoThreads } from './features.js'
import { copyFromHost, copyToHost } from './host-copy.js'
import type { WasmFeatures } from './kernel-code.js'
import { tileWork } from './kernels/contraction/tile-probe.js'
import { Launcher } from './launcher.js'
import { LinearMemory, maximumPages, pageBytes } from './linear-memory.js'
import { planKernel } from './planners.js'
import { WasmReplay } from './replay.js'
import { checkedThreads } from './threads.js'
import { WasmStorage } from './wasm-storage.js'

/** Options of the wasm device. */
export interface WasmDeviceOptions {
  /** Threads in all, the calling one included; default every core of the machine. */
  readonly threads?: number
  /**
   * Native library for matrix products: `'auto'` (the default) takes one that `@chainrule/blas` finds, if that package is
   * imported; a path takes that one; `false` takes none.
   */
  readonly blas?: LibraryChoice | ContractionLibrary
  /** Most bytes of memory, at least 1 MiB; default 4 GiB, the most that WebAssembly addresses. */
  readonly memoryLimit?: number
  /** Use less than the engine has: to compare, and to test. */
  readonly features?: Partial<WasmFeatures>
  /** Milliseconds without progress after which a worker thread counts as dead; default 10000. */
  readonly stallMilliseconds?: number
}

/**
 * The CPU device: kernels in WebAssembly, with SIMD and worker threads where the engine has them. Starts at once; ops have
 * run when they return; the same results, bit for bit, for any number of threads.
 *
 * @example
 * ```ts
 * import { WasmDevice } from '@chainrule/wasm'
 * const device = new WasmDevice({ threads: 1 })
 * console.log(device.name, device.describe()['threads'])
 * device.dispose()
 * ```
 */
export class WasmDevice implements Device {
  readonly name = 'wasm'
  readonly features: DeviceFeatures = {
    dtypes: ['bool', 'int32', 'float32', 'float64'],
    synchronous: true,
    maxOperands: 65536,
  }
  /** What the engine can do and this device uses. */
  readonly engine: WasmFeatures
  /** Threads in all, the calling one included. */
  readonly threads: number
  readonly #memory: LinearMemory
  readonly #allocator: Allocator
  readonly #cache: CodeCache
  readonly #launcher: Launcher
  readonly #whyNoLibrary: string
  #disposed = false

  /**
   * @param options - threads, memory limit
   * @throws ArgumentError when the thread count is not a whole number from 1 to 256, or the limit below 1 MiB
   * @throws DeviceError where the engine has no SIMD, or the native library that was asked for does not work
   */
  constructor(options: WasmDeviceOptions = {}) {
    const asked = checkedThreads(options.threads ?? Math.min(256, availableThreads()))
    const engine = detectFeatures()
    const threads = engine.threads && options.features?.threads !== false && asked > 1
    this.engine = {
      simd: engine.simd && options.features?.simd !== false,
      relaxedSimd: engine.relaxedSimd && options.features?.relaxedSimd !== false,
      threads,
    }
    this.threads = threads ? asked : 1
    this.#memory = new LinearMemory(threads, options.memoryLimit ?? maximumPages * pageBytes)
    this.#allocator = new Allocator(this.#memory, controlBlock.end)
    const blas = options.blas ?? 'auto'
    const library = typeof blas === 'object' ? blas : chosenLibrary(blas)
    this.#whyNoLibrary = blas === false ? 'not wanted' : library === undefined ? whyNoLibrary() : ''
    const products = library && productsOf(library, this.#memory.memory)
    this.#cache = new CodeCache(this.engine, this.#memory.memory, products)
    this.#launcher = new Launcher(
      {
        memory: this.#memory,
        allocator: this.#allocator,
        cache: this.#cache,
        features: this.engine,
        library,
        threads: this.threads,
      },
      { stallMilliseconds: options.stallMilliseconds ?? 10_000 },
    )
  }

  /** Modules compiled so far: constant once every kernel structure of a step was seen, whatever the shapes. */
  get compiledModules(): number {
    return this.#cache.compiled
  }

  /** The launcher, for packages that put kernels of their own on this device. */
  get launcher(): Launcher {
    return this.#launcher
  }

  allocate(byteLength: number): WasmStorage {
    this.#checkLive('allocate')
    return new WasmStorage(this, byteLength, this.#allocator.allocate(byteLength, 'tensor'))
  }

  free(storage: Storage): void {
    if (this.#disposed) return
    const own = this.#own(storage, 'free')
    if (own.block === undefined) return
    this.#allocator.free(own.block)
    own.block = undefined
  }

  write(storage: Storage, data: ArrayBufferView): void {
    copyFromHost(this.#memory, this.#addressOf(storage, 'write'), data)
  }

  async read(storage: Storage, view: View, dtype: DType): Promise<TypedArray> {
    return await Promise.resolve(this.readSync(storage, view, dtype))
  }

  readSync(storage: Storage, view: View, dtype: DType): TypedArray {
    return copyToHost(this.#memory, this.#addressOf(storage, 'read'), view, dtype)
  }

  run(kernel: Kernel, inputs: readonly Storage[], outputs: readonly Storage[], cells: readonly number[]): void {
    const operands: number[] = []
    for (const storage of inputs) operands.push(this.#addressOf(storage, kernel.kind))
    for (const storage of outputs) operands.push(this.#addressOf(storage, kernel.kind))
    const plan = planKernel(kernel, this.#launcher.library)
    this.#launcher.tileProbe.consider(tileWork(kernel, plan))
    this.#launcher.launch(plan, operands, cells)
  }

  prepare(program: Program): Replay {
    this.#checkLive('prepare')
    return new WasmReplay(this.#launcher, program, (storage) => this.#addressOf(storage, 'replay'))
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#launcher.dispose()
  }

  describe(): Readonly<Record<string, string | number | boolean>> {
    const { simd, relaxedSimd, threads } = this.engine
    const { pool, library, libraryCalls } = this.#launcher
    const slower: string[] = []
    if (!simd) slower.push('no SIMD: kernels work on one number at a time. Use a current engine')
    if (!relaxedSimd) {
      slower.push(
        'no relaxed SIMD (fused multiply-add): matrix products take up to twice as long. ' +
          "Use Node.js 22 or newer, or v8.setFlagsFromString('--experimental-wasm-relaxed-simd') at the start of the application",
      )
    }
    if (!threads) slower.push(`one thread: ${whyNoThreads() ?? 'threads were not asked for'}`)
    if (pool?.failure !== undefined) slower.push(pool.failure)
    return {
      simd,
      relaxedSimd,
      threads: this.threads,
      workersUp: pool?.ready ?? 0,
      memoryBytes: this.#memory.byteLength,
      memoryLimitBytes: this.#memory.limitPages * pageBytes,
      liveBytes: this.#allocator.liveBytes,
      compiledModules: this.#cache.compiled,
      compileMilliseconds: this.#cache.milliseconds,
      ...(library === undefined
        ? { blas: `none: ${this.#whyNoLibrary}` }
        : { ...library.describe(), blasCalls: libraryCalls }),
      slower: slower.join('; ') || 'nothing: all features are in use',
    }
  }

  #checkLive(operation: string): void {
    if (this.#disposed) {
      throw new DisposedError(`${operation}: got a wasm device that was disposed, expected a live one. Start it anew.`)
    }
  }

  #own(storage: Storage, operation: string): WasmStorage {
    if (storage instanceof WasmStorage && storage.device === this) return storage
    throw new DeviceError(
      `${operation}: got a storage of device '${storage.device.name}', expected one of this wasm device. Move the tensor with to().`,
    )
  }

  #addressOf(storage: Storage, operation: string): number {
    const own = this.#own(storage, operation)
    if (own.block === undefined || this.#disposed) {
      this.#checkLive(operation)
      throw new DisposedError(
        `${operation}: got a storage of ${storage.byteLength} bytes that was freed, expected a live one. Keep the tensor alive.`,
      )
    }
    return own.address
  }
}
