import { ArgumentError, DeviceError } from '@chainrule/tensor'
import type { Allocator } from './allocator.js'
import type { CompiledCode } from './code-cache.js'
import type { ContractionLibrary } from './contraction-library.js'
import { codeRecord, command, controlBlock } from './control-block.js'
import { builtinModule } from './features.js'
import type { WasmFeatures } from './kernel-code.js'
import { importModule } from './kernel-module.js'
import { endLoading, endLoadingAtExit } from './library-loading.js'
import type { LinearMemory } from './linear-memory.js'
import { RollCall } from './roll-call.js'
import { walked, type Walker, walkerModule } from './walker.js'
import { type WorkerLibrary, workerSource, type WorkerStart } from './worker-source.js'

/** Looks at a command before the main thread sleeps: about 100 µs. */
const mainSpins = 60_000

/** What is used of a worker, in Node.js and in browsers. */
interface WorkerHandle {
  unref?(): void
  terminate(): unknown
  on?(event: string, listener: (value: unknown) => void): void
}

interface NodeWorkers {
  readonly Worker: new (source: string, options: Readonly<Record<string, unknown>>) => WorkerHandle
  readonly isMainThread: boolean
}

interface BrowserWorker extends WorkerHandle {
  postMessage(message: WorkerStart): void
  onerror: ((event: { readonly message?: string; preventDefault(): void }) => void) | null
}

/** Browsers tell of a script that does not load without a message. */
const whyNotLoaded = 'its script did not load: a content security policy has to allow worker-src blob:'

/** Options of a pool of threads. */
export interface ThreadPoolOptions {
  /** Milliseconds without any progress after which a worker counts as dead. */
  readonly stallMilliseconds: number
  /** The native library that kernels call. */
  readonly library?: ContractionLibrary | undefined
}

/**
 * How many threads to use.
 *
 * @param threads - what was asked for
 * @returns the same
 * @throws ArgumentError when it is not a positive whole number
 */
export const checkedThreads = (threads: number): number => {
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new ArgumentError(
      `WasmDevice: got ${String(threads)} threads, expected a whole number from 1 to 256. ` +
        `Leave threads out to use every core.`,
    )
  }
  return threads
}

/** Whether this thread may sleep in an atomic wait; a browser's main thread may not. */
const mayNap = (): boolean => {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0)
    return true
  } catch {
    return false
  }
}

/**
 * Worker threads that run lists of commands in lockstep with the main thread. A list lies in shared memory; every thread
 * walks it and takes chunks of work by an atomic count, so a worker that is late or missing only leaves its share to the
 * others, and what is computed never depends on who computed it.
 */
export class ThreadPool {
  readonly #memory: LinearMemory
  readonly #allocator: Allocator
  readonly #table = new WebAssembly.Table({ element: 'anyfunc', initial: 64 })
  readonly #walkerModule: WebAssembly.Module
  readonly #walker: Walker
  readonly #naps = mayNap() ? 1 : 0
  readonly #stallMilliseconds: number
  readonly #library: WorkerLibrary | undefined
  readonly #forgetExit: (() => void) | undefined
  #workers: WorkerHandle[] = []
  #started = 0
  #epoch = 0
  #codes = 0
  #lastRecord: number = controlBlock.firstCode
  readonly #roll: RollCall
  #failure: string | undefined

  constructor(memory: LinearMemory, allocator: Allocator, features: WasmFeatures, options: ThreadPoolOptions) {
    this.#memory = memory
    this.#allocator = allocator
    this.#stallMilliseconds = options.stallMilliseconds
    this.#roll = new RollCall(memory, options.stallMilliseconds)
    const { library } = options
    this.#library = library && {
      source: library.isConcurrent ? library.source : undefined,
      settings: library.settings,
    }
    if (this.#library?.source !== undefined) this.#forgetExit = endLoadingAtExit(memory)
    this.#walkerModule = new WebAssembly.Module(walkerModule(features))
    const imports = { memory: memory.memory, table: this.#table }
    this.#walker = new WebAssembly.Instance(this.#walkerModule, { [importModule]: imports })
      .exports as unknown as Walker
  }

  /** Why there are fewer workers than were started; undefined while all is well. */
  get failure(): string | undefined {
    const { silent } = this.#roll
    if (this.#failure !== undefined || silent.length === 0) return this.#failure
    return `a worker thread was lost (${silent.join(', ')} gives no sign of life: it was terminated, or has hung)`
  }

  /** Workers that are up by now. */
  get ready(): number {
    const up = Atomics.load(this.#memory.words, controlBlock.ready / 4) - this.#roll.silent.length
    return Math.max(0, Math.min(this.#workers.length, up))
  }

  /** Workers that were started and have not ended. */
  get workers(): readonly WorkerHandle[] {
    return this.#workers
  }

  /**
   * Starts workers; they join the next run after they are up. Nothing waits for them.
   *
   * @param count - how many
   */
  start(count: number): void {
    this.#started = count
    for (let worker = 0; worker < count; worker++) {
      try {
        this.#workers.push(
          this.#spawn({
            memory: this.#memory.memory,
            walker: this.#walkerModule,
            thread: worker + 1,
            library: this.#library,
          }),
        )
      } catch (error) {
        this.#failure = `a worker could not be started (${String(error)})`
        return
      }
    }
  }

  /**
   * The slot of some code in the function tables, where every thread finds its own instance.
   *
   * @param compiled - the code
   * @returns the slot
   */
  slotOf(compiled: CompiledCode): number {
    if (compiled.slot >= 0) return compiled.slot
    const uses = compiled.uses.map((used) => this.slotOf(used))
    const slot = this.#codes
    if (slot >= this.#table.length) this.#table.grow(this.#table.length)
    if (compiled.run !== undefined) this.#table.set(slot, compiled.run)
    const header = codeRecord.header + 4 * uses.length
    const { address } = this.#allocator.allocate(header + compiled.bytes.byteLength, 'code')
    const { words, bytes } = this.#memory
    words[(address + codeRecord.next) >>> 2] = 0
    words[(address + codeRecord.byteLength) >>> 2] = compiled.bytes.byteLength
    words[(address + codeRecord.uses) >>> 2] = uses.length
    words.set(uses, (address + codeRecord.header) >>> 2)
    bytes.set(compiled.bytes, address + header)
    words[this.#lastRecord >>> 2] = address
    this.#lastRecord = address + codeRecord.next
    this.#codes++
    Atomics.store(words, controlBlock.codeCount / 4, this.#codes)
    compiled.slot = slot
    return slot
  }

  /**
   * Runs a list of commands on every thread and returns when all is done.
   *
   * @param list - byte address of the list
   * @param commands - how many commands it has
   * @throws DeviceError when a worker fails or dies meanwhile; from then on there are no workers
   */
  run(list: number, commands: number): void {
    this.#roll.call(this.#started, performance.now())
    const epoch = (this.#epoch = (this.#epoch + 1) | 0)
    this.#walker.publish(list, commands, epoch)
    let from = 0
    let stalled = 0
    let done = -1
    let looked = 0
    for (;;) {
      try {
        from = this.#walker.walk(list, from, commands, epoch, 0, mainSpins, this.#naps)
      } catch (error) {
        this.#abandon(epoch)
        throw error
      }
      if (from === walked.toTheEnd) return
      if (from === walked.gaveUp) this.#fail(epoch, this.#failureText())
      const now = performance.now()
      const ended = Atomics.load(this.#memory.words, (list + from * command.bytes + command.done) >>> 2)
      // A machine that slept adds little: only time in which this thread looked around counts.
      stalled = ended === done && looked > 0 ? stalled + Math.min(now - looked, 250) : 0
      done = ended
      looked = now
      if (stalled > this.#stallMilliseconds) {
        this.#fail(epoch, `no progress for ${Math.round(stalled)} ms: a worker thread seems to have died`)
      }
    }
  }

  /** Ends every worker. */
  dispose(): void {
    const { words } = this.#memory
    Atomics.store(words, controlBlock.stop / 4, 1)
    this.#epoch = (this.#epoch + 1) | 0
    this.#walker.publish(0, 0, this.#epoch)
    this.#endWorkers()
  }

  #endWorkers(): void {
    if (this.#forgetExit !== undefined) endLoading(this.#memory)
    this.#forgetExit?.()
    for (const worker of this.#workers) void worker.terminate()
    this.#workers = []
  }

  #spawn(data: WorkerStart): WorkerHandle {
    const node = builtinModule<NodeWorkers>('node:worker_threads')
    if (node !== undefined) {
      const worker = new node.Worker(workerSource, { eval: true, workerData: data, execArgv: [], name: 'chainrule' })
      worker.unref?.()
      worker.on?.('error', (error) => this.#lose(worker, data.thread, String(error)))
      worker.on?.('exit', () => this.#lose(worker, data.thread, 'it ended'))
      return worker
    }
    const { Worker } = globalThis as unknown as { Worker: new (address: string) => BrowserWorker }
    const address = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }))
    const worker = new Worker(address)
    worker.onerror = (event) => {
      event.preventDefault()
      this.#lose(worker, data.thread, event.message ?? whyNotLoaded)
    }
    worker.postMessage(data)
    return worker
  }

  /** A worker ended between runs, or never came up: the others do its share from now on. */
  #lose(worker: WorkerHandle, thread: number, reason: string): void {
    if (!this.#workers.includes(worker)) return
    this.#workers = this.#workers.filter((other) => other !== worker)
    if (this.#roll.strike(thread)) Atomics.sub(this.#memory.words, controlBlock.ready / 4, 1)
    this.#failure = `a worker thread was lost (${reason})`
  }

  #failureText(): string {
    const { words, bytes } = this.#memory
    const thread = Atomics.load(words, controlBlock.failed / 4)
    const length = words[controlBlock.failureLength / 4] ?? 0
    const text = String.fromCharCode(...new Uint16Array(bytes.buffer, controlBlock.failureText, length))
    return `worker thread ${thread} failed (${text})`
  }

  /** Makes every thread leave a run, and waits for chunks in flight, which still write. */
  #abandon(epoch: number): void {
    const { words } = this.#memory
    Atomics.store(words, controlBlock.aborted / 4, epoch)
    const until = performance.now() + Math.min(this.#stallMilliseconds, 1000)
    while (Atomics.load(words, controlBlock.active / 4) > 0 && performance.now() < until);
  }

  #fail(epoch: number, reason: string): never {
    this.#abandon(epoch)
    this.#failure = reason
    this.#endWorkers()
    throw new DeviceError(
      `run: ${reason}, expected every thread to finish its work. What this step wrote is undefined; ` +
        `the device goes on with one thread. Repeat the step.`,
    )
  }
}
