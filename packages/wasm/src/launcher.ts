import type { Allocator, Block } from './allocator.js'
import type { CodeCache } from './code-cache.js'
import { type Command, CommandLists } from './command-list.js'
import type { ContractionLibrary } from './contraction-library.js'
import { command } from './control-block.js'
import type { KernelPlan, WasmFeatures } from './kernel-code.js'
import { TileProbe } from './kernels/contraction/tile-probe.js'
import type { LinearMemory } from './linear-memory.js'
import { parameterBytes, placeParameters, throwFault } from './parameters.js'
import { Scratch } from './scratch.js'
import { ThreadPool, type ThreadPoolOptions } from './threads.js'

/** What a launcher works with. */
export interface LauncherParts {
  readonly memory: LinearMemory
  readonly allocator: Allocator
  readonly cache: CodeCache
  readonly features: WasmFeatures
  /** The native library that kernels call. */
  readonly library?: ContractionLibrary | undefined
  /** Threads in all, the main one included. */
  readonly threads: number
}

/** Runs plans: one at a time on the main thread or on all threads, or lists of commands with one wake-up. */
export class Launcher {
  readonly memory: LinearMemory
  readonly allocator: Allocator
  readonly cache: CodeCache
  readonly lists: CommandLists
  readonly scratch: Scratch
  readonly tileProbe: TileProbe
  /** The native library that kernels call, if any. */
  readonly library: ContractionLibrary | undefined
  /** Calls of that library so far. */
  libraryCalls = 0
  readonly #features: WasmFeatures
  readonly #threads: number
  readonly #poolOptions: ThreadPoolOptions
  #pool: ThreadPool | undefined
  #parameters: Block
  #list: Block

  constructor(parts: LauncherParts, poolOptions: ThreadPoolOptions) {
    this.memory = parts.memory
    this.allocator = parts.allocator
    this.cache = parts.cache
    this.#features = parts.features
    this.#threads = parts.threads
    this.library = parts.library
    this.#poolOptions = { ...poolOptions, library: parts.library }
    this.lists = new CommandLists(parts.memory, parts.allocator)
    this.scratch = new Scratch(parts.memory, parts.allocator, parts.threads)
    this.tileProbe = new TileProbe(parts.memory, parts.cache, parts.allocator)
    this.#parameters = parts.allocator.allocate(4096, 'program')
    this.#list = this.lists.take(16)
  }

  /** The worker threads; undefined before the first work that is worth sharing, and where there is one thread. */
  get pool(): ThreadPool | undefined {
    return this.#pool
  }

  /**
   * Runs one plan now.
   *
   * @param plan - the plan
   * @param operands - byte addresses of inputs, then outputs
   * @param cells - numbers of the cell slots
   */
  launch(plan: KernelPlan, operands: readonly number[], cells: readonly number[]): void {
    this.scratch.reserve(plan)
    const bytes = plan.parameters.byteLength
    if (bytes > this.#parameters.byteLength) this.#growParameters(parameterBytes(plan))
    const { address } = this.#parameters
    placeParameters(this.memory, address, plan, operands, cells, this.scratch.sharedAddress)
    const compiled = this.cache.get(plan.code)
    const run = this.cache.runOf(compiled)
    const { phases } = plan
    const mainOnly = plan.library?.isConcurrent === false
    this.libraryCalls += plan.library?.calls ?? 0
    if (this.#isShared(phases)) {
      this.runCommands(
        phases.map((chunks, phase) => ({ compiled, run, parameters: address, phase, chunks, mainOnly })),
        this.#list,
      )
    } else {
      const scratch = this.scratch.ownAddress
      for (let phase = 0; phase < phases.length; phase++) run(address, scratch, phase, 0, phases[phase] ?? 0)
    }
    throwFault(this.memory, address, plan)
  }

  /**
   * Writes commands into a list and runs them.
   *
   * @param commands - the commands
   * @param list - memory of a list that is long enough, or is grown for the launcher's own
   */
  runCommands(commands: readonly Command[], list: Block): void {
    const pool = this.#readyPool()
    if (pool === undefined) {
      this.runAlone(commands)
      return
    }
    const block = this.#fitting(list, commands.length)
    commands.forEach((written, position) => {
      this.lists.write(block.address + position * command.bytes, pool.slotOf(written.compiled), written)
    })
    pool.run(block.address, commands.length)
  }

  /**
   * Runs a list that was written before.
   *
   * @param commands - its commands
   * @param list - where it stands
   * @param start - first command to run
   * @param end - the one after the last
   */
  runList(commands: readonly Command[], list: Block, start: number, end: number): void {
    const pool = this.#readyPool()
    if (pool === undefined) this.runAlone(commands, start, end)
    else pool.run(list.address + start * command.bytes, end - start)
  }

  /**
   * Runs commands on this thread.
   *
   * @param commands - the commands
   * @param start - first one to run. Default 0
   * @param end - the one after the last. Default: all
   */
  runAlone(commands: readonly Command[], start = 0, end = commands.length): void {
    const scratch = this.scratch.ownAddress
    for (let position = start; position < end; position++) {
      const entry = commands[position]
      if (entry !== undefined) entry.run(entry.parameters, scratch, entry.phase, 0, entry.chunks)
    }
  }

  /** The pool, started if there may be one. */
  startPool(): ThreadPool | undefined {
    if (this.#threads < 2 || !this.#features.threads) return undefined
    if (this.#pool === undefined) {
      this.#pool = new ThreadPool(this.memory, this.allocator, this.#features, this.#poolOptions)
      this.#pool.start(this.#threads - 1)
    }
    return this.#pool
  }

  /** Ends the workers. */
  dispose(): void {
    this.#pool?.dispose()
    this.#pool = undefined
  }

  /** Waking anybody pays only where a phase has work for two: a question of sizes alone. */
  #isShared(phases: readonly number[]): boolean {
    if (this.#threads < 2) return false
    for (const chunks of phases) if (chunks > 1) return true
    return false
  }

  /** Until a worker is up, the main thread does everything. */
  #readyPool(): ThreadPool | undefined {
    const pool = this.startPool()
    return pool !== undefined && pool.ready > 0 ? pool : undefined
  }

  #fitting(list: Block, commands: number): Block {
    if (list !== this.#list || commands * command.bytes <= list.byteLength) return list
    this.lists.give(this.#list)
    this.#list = this.lists.take(2 * commands)
    return this.#list
  }

  #growParameters(bytes: number): void {
    const larger = this.allocator.allocate(2 * bytes, 'program')
    this.allocator.free(this.#parameters)
    this.#parameters = larger
  }
}
