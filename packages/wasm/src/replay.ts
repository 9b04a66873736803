import {
  ArgumentError,
  DisposedError,
  type Program,
  type ProgramStep,
  type Replay,
  type Storage,
} from '@chainrule/tensor'
import type { Block } from './allocator.js'
import type { Command } from './command-list.js'
import { command } from './control-block.js'
import type { KernelPlan } from './kernel-code.js'
import { preferredTile } from './kernels/contraction/tile-choice.js'
import { tileWork } from './kernels/contraction/tile-probe.js'
import type { Launcher } from './launcher.js'
import { parameterBytes, placeParameters, throwFault } from './parameters.js'
import { planKernel } from './planners.js'
import type { WasmStorage } from './wasm-storage.js'

/** Where the address of a binding stands in argument blocks, as word indices. */
type BindingWords = number[]

/** Where a cell stands in argument blocks: slot of the program, index of the float64. */
interface CellPlace {
  readonly slot: number
  readonly index: number
}

/** A step whose kernel may report bad data. */
interface FaultPlace {
  readonly plan: KernelPlan
  readonly address: number
}

/**
 * A program whose code is compiled, whose argument blocks stand in memory with every address resolved, and whose
 * commands are written: a run stores the addresses of bindings that moved and the cells, then walks the list once.
 */
export class WasmReplay implements Replay {
  readonly #launcher: Launcher
  readonly #addressOf: (storage: Storage) => number
  readonly #program: Program
  readonly #arena: Block
  /** Multiply-adds of register tiles in one run. */
  #work = 0
  /** The register tile for which the steps were placed. */
  #tile = -1
  #commands: Command[] = []
  /** Commands up to the last step whose kernel may report bad data; those after them run only when none did. */
  #uncertain = 0
  /** First command of each step. */
  #starts: number[] = []
  #bindingWords: BindingWords[] = []
  #bound: number[] = []
  #cells: CellPlace[] = []
  #faults: FaultPlace[] = []
  #blocks: Block[] = []
  #list: Block | undefined
  #isShared = false
  #sharedScratchWords: number[] = []
  #sharedScratch = 0
  /** Calls of the native library in one run. */
  #libraryCalls = 0
  /** Name of the library on which each step runs. */
  #libraries: string[] = []
  #submits = 0
  #disposed = false

  /**
   * @param launcher - of the device
   * @param program - the program
   * @param addressOf - checks a storage and gives its byte address
   */
  constructor(launcher: Launcher, program: Program, addressOf: (storage: Storage) => number) {
    this.#launcher = launcher
    this.#program = program
    this.#addressOf = addressOf
    this.#arena = launcher.allocator.allocate(program.arenaBytes, 'program')
    try {
      this.#placeAll()
    } catch (error) {
      launcher.allocator.free(this.#arena)
      throw error
    }
  }

  run(bindings: readonly Storage[], cells: readonly number[]): void {
    this.#launcher.tileProbe.consider(this.#work)
    // Results do not depend on the tile; it is only that another one was found to be faster.
    if (this.#work > 0 && this.#tile !== preferredTile().variant && !this.#disposed) this.#placeAll()
    this.#bind(bindings, cells)
    this.#launcher.libraryCalls += this.#libraryCalls
    this.#submits = 0
    this.#runCommands(0, this.#uncertain)
    this.#throwFaults()
    this.#runCommands(this.#uncertain, this.#commands.length)
  }

  #runCommands(start: number, end: number): void {
    if (start === end) return
    if (this.#isShared && this.#list !== undefined) {
      this.#launcher.runList(this.#commands, this.#list, start, end)
      if (this.#launcher.pool !== undefined) this.#submits += 1
    } else this.#launcher.runAlone(this.#commands, start, end)
  }

  /** @inheritdoc */
  get submits(): number {
    return this.#submits
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a port that asynchronous devices share
  async profile(bindings: readonly Storage[], cells: readonly number[]): Promise<readonly number[]> {
    this.#bind(bindings, cells)
    const { steps } = this.#program
    const times = steps.map((_, step) => {
      const commands = this.#commands.slice(this.#starts[step], this.#starts[step + 1])
      const list = this.#launcher.lists.take(commands.length)
      const started = performance.now()
      if (commands.some(({ chunks }) => chunks > 1)) this.#launcher.runCommands(commands, list)
      else this.#launcher.runAlone(commands)
      const took = performance.now() - started
      this.#launcher.lists.give(list)
      return took
    })
    this.#throwFaults()
    return times
  }

  libraries(): readonly string[] {
    return this.#libraries
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#giveBack()
    this.#launcher.allocator.free(this.#arena)
  }

  #giveBack(): void {
    for (const block of this.#blocks) this.#launcher.allocator.free(block)
    this.#blocks = []
    if (this.#list !== undefined) this.#launcher.lists.give(this.#list)
    this.#list = undefined
  }

  /** Plans every step, and writes its arguments and commands into memory. */
  #placeAll(): void {
    const { lists } = this.#launcher
    this.#giveBack()
    this.#tile = preferredTile().variant
    this.#commands = []
    this.#uncertain = 0
    this.#starts = []
    this.#bindingWords = Array.from({ length: this.#program.bindings }, () => [])
    this.#bound = new Array<number>(this.#program.bindings).fill(-1)
    this.#cells = []
    this.#faults = []
    this.#sharedScratchWords = []
    this.#sharedScratch = 0
    this.#libraryCalls = 0
    this.#libraries = []
    this.#work = 0
    try {
      for (const step of this.#program.steps) this.#place(step)
      this.#list = lists.take(this.#commands.length)
    } catch (error) {
      this.#giveBack()
      throw error
    }
    this.#isShared = this.#commands.some(({ chunks }) => chunks > 1)
    const pool = this.#isShared ? this.#launcher.startPool() : undefined
    if (pool === undefined) return
    const { address } = this.#list
    this.#commands.forEach((written, position) => {
      lists.write(address + position * command.bytes, pool.slotOf(written.compiled), written)
    })
  }

  #place(step: ProgramStep): void {
    const { allocator, cache, memory, scratch } = this.#launcher
    const plan = planKernel(step.kernel, this.#launcher.library)
    this.#work += tileWork(step.kernel, plan)
    scratch.reserve(plan)
    const block = allocator.allocate(parameterBytes(plan), 'program')
    this.#blocks.push(block)
    const { address } = block
    const operands = [...step.inputs, ...step.outputs].map((position, index) => {
      const operand = this.#program.operands[position]
      if (operand === undefined) {
        throw new ArgumentError(`prepare: got operand ${position}, expected one of ${this.#program.operands.length}.`)
      }
      if (operand.kind === 'arena') return this.#arena.address + operand.byteOffset
      this.#bindingWords[operand.binding]?.push(((address + (plan.operandsAt ?? 0)) >>> 2) + index)
      return 0
    })
    placeParameters(memory, address, plan, operands, [], scratch.sharedAddress)
    step.cells.slice(0, plan.cellCount).forEach((slot, index) => {
      this.#cells.push({ slot, index: (address + plan.cellsAt) / 8 + index })
    })
    if (plan.sharedScratchBytes > 0) this.#sharedScratchWords.push((address + plan.sharedScratchAt) >>> 2)
    if (plan.fault !== undefined) this.#faults.push({ plan: { ...plan }, address })
    const compiled = cache.get(plan.code)
    const run = cache.runOf(compiled)
    this.#starts.push(this.#commands.length)
    const mainOnly = plan.library?.isConcurrent === false
    plan.phases.forEach((chunks, phase) => {
      if (chunks > 0) this.#commands.push({ compiled, run, parameters: address, phase, chunks, mainOnly })
    })
    if (plan.fault !== undefined) this.#uncertain = this.#commands.length
    this.#libraryCalls += plan.library?.calls ?? 0
    this.#libraries.push(plan.library === undefined ? '' : (this.#launcher.library?.name ?? ''))
  }

  #bind(bindings: readonly Storage[], cells: readonly number[]): void {
    if (this.#disposed) {
      throw new DisposedError('replay: got a program that was disposed, expected a live one. Compile the step again.')
    }
    if (bindings.length !== this.#program.bindings) {
      throw new ArgumentError(
        `replay: got ${bindings.length} bindings, expected ${this.#program.bindings}. Pass one storage for each.`,
      )
    }
    const { memory, scratch } = this.#launcher
    const { words, doubles } = memory
    for (let binding = 0; binding < bindings.length; binding++) {
      const address = this.#addressOf(bindings[binding] as WasmStorage)
      if (address === this.#bound[binding]) continue
      this.#bound[binding] = address
      for (const word of this.#bindingWords[binding] ?? []) words[word] = address
    }
    for (const { slot, index } of this.#cells) doubles[index] = cells[slot] ?? 0
    for (const { plan, address } of this.#faults) words[(address + (plan.fault?.at ?? 0)) >>> 2] = 0
    // Scratch is shared with everything else on the device, which may have outgrown it since.
    if (scratch.sharedAddress !== this.#sharedScratch) {
      this.#sharedScratch = scratch.sharedAddress
      for (const word of this.#sharedScratchWords) words[word] = this.#sharedScratch
    }
  }

  #throwFaults(): void {
    for (const { plan, address } of this.#faults) throwFault(this.#launcher.memory, address, plan)
  }
}
