import { ArgumentError, OutOfMemoryError, type Program, type Replay, type Storage } from '@chainrule/tensor'
import type { BufferWindow } from './bindings.js'
import type { PooledBuffer } from './buffer-pool.js'
import type { Timing } from './commands.js'
import type { Dispatcher, Memory, ResolvedLaunch } from './dispatcher.js'
import { argumentBytes } from './launch-arguments.js'
import type { Launch, MemoryReference } from './launch.js'
import type { PlanContext } from './plan-context.js'
import { planParts } from './plan-parts.js'
import { measureLaunches } from './measure.js'
import { tuneProduct } from './tune-product.js'
import type { Tuner, TuningRequest } from './tuner.js'
import type { WebgpuStorage } from './webgpu-storage.js'

/** A dispatch of a program, and which of the program's cells are those of its kernel. */
interface ProgramLaunch {
  readonly step: number
  readonly launch: Launch
  readonly cells: readonly number[]
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step

/** Sets of bind groups that are kept: results take turns in a few buffers from run to run. */
const keptSets = 8

/** A program whose dispatches are planned once; a run writes arguments and encodes them into one submit. */
export class WebgpuReplay implements Replay {
  readonly #program: Program
  readonly #dispatcher: Dispatcher
  readonly #tuner: Tuner
  readonly #own: (storage: Storage) => WebgpuStorage
  readonly #arena: PooledBuffer
  #launches: readonly ProgramLaunch[] = []
  #argumentBytes = 0
  #scratch: readonly PooledBuffer[] = []
  #hasRun = false
  /** Version of the tuner's choices that the plan follows. */
  #planned = 0
  /** Products that should be measured at the next run, by step. */
  #requests = new Map<number, TuningRequest>()
  /** Positions of bindings that the steps read and write. */
  readonly #reads: readonly number[]
  readonly #writes: readonly number[]
  /** Resolved launches by the buffers of the bindings, the set used longest ago first. */
  readonly #sets = new Map<string, readonly ResolvedLaunch[]>()
  #submits = 0
  #isDisposed = false

  /**
   * @param program - kernels with a memory plan
   * @param dispatcher - turns launches into commands
   * @param tuner - knows the fastest tiles
   * @param own - checks that a storage belongs to the device
   */
  constructor(program: Program, dispatcher: Dispatcher, tuner: Tuner, own: (storage: Storage) => WebgpuStorage) {
    this.#program = program
    this.#dispatcher = dispatcher
    this.#tuner = tuner
    this.#own = own
    const { capabilities, pool } = dispatcher
    if (program.arenaBytes > capabilities.bufferBytes) {
      throw new OutOfMemoryError(
        `prepare: got a program with ${String(program.arenaBytes)} bytes of temporaries, expected at most ` +
          `${String(capabilities.bufferBytes)}, the largest buffer of this GPU. Use a smaller batch or a CPU device.`,
      )
    }
    this.#plan([])
    this.#arena = pool.take(program.arenaBytes, capabilities.bufferBytes)
    const bindingsOf = (operands: (step: Program['steps'][number]) => readonly number[]): number[] => [
      ...new Set(
        program.steps.flatMap(operands).flatMap((position) => {
          const operand = program.operands[position]
          return operand?.kind === 'binding' ? [operand.binding] : []
        }),
      ),
    ]
    this.#reads = bindingsOf(({ inputs }) => inputs)
    this.#writes = bindingsOf(({ outputs }) => outputs)
  }

  /** @inheritdoc */
  run(bindings: readonly Storage[], cells: readonly number[]): void {
    const storages = this.#check(bindings)
    const { commands } = this.#dispatcher
    commands.begin(this.#launches.length, this.#argumentBytes)
    const first = commands.flight.number
    this.#resolve(storages).forEach((resolved, at) => this.#dispatch(resolved, at, cells))
    this.#note(storages)
    this.#submits = this.#launches.length === 0 ? 0 : commands.flight.number - first + 1
    commands.flushSoon()
  }

  /** @inheritdoc */
  get submits(): number {
    return this.#submits
  }

  /** @inheritdoc */
  async profile(bindings: readonly Storage[], cells: readonly number[]): Promise<readonly number[]> {
    const storages = this.#check(bindings)
    const resolved = this.#resolve(storages)
    const dispatch = (at: number, timing?: Timing): void => {
      const launch = resolved[at]
      if (launch) this.#dispatch(launch, at, cells, timing)
      this.#note(storages)
    }
    const times = await measureLaunches(this.#dispatcher, resolved.length, dispatch)
    const steps = this.#program.steps.map(() => 0)
    this.#launches.forEach(({ step }, at) => {
      steps[step] = (steps[step] ?? 0) + (times[at] ?? 0)
    })
    return steps
  }

  /** @inheritdoc */
  dispose(): void {
    if (this.#isDisposed) return
    this.#isDisposed = true
    for (const buffer of [this.#arena, ...this.#scratch]) this.#dispatcher.pool.give(buffer)
    this.#sets.clear()
  }

  /**
   * Plans the dispatches of all steps; scratch memory of the steps takes turns in the same blocks. Sizes of bindings are
   * known at the first run, and matter where one is larger than a shader can see.
   */
  #plan(storages: readonly WebgpuStorage[]): void {
    const { steps, operands } = this.#program
    const { capabilities, pool } = this.#dispatcher
    const numbers = new Map<string, number>()
    const identity = (position: number): number => {
      const operand = operands[position]
      const key =
        operand?.kind === 'arena'
          ? `${String(operand.byteOffset)}:${String(operand.byteLength)}`
          : `b${String(operand?.binding)}`
      const known = numbers.get(key) ?? numbers.size
      numbers.set(key, known)
      return known
    }
    const bytesOf = (position: number): number => {
      const operand = operands[position]
      return operand?.kind === 'arena' ? operand.byteLength : (storages[operand?.binding ?? -1]?.byteLength ?? 0)
    }
    this.#planned = this.#tuner.version
    this.#requests.clear()
    this.#sets.clear()
    const launches: ProgramLaunch[] = []
    const scratchBytes: number[] = []
    steps.forEach(({ kernel, inputs, outputs, cells }, step) => {
      const context = this.#contextOf(step, {
        capabilities,
        inputs: inputs.map(identity),
        outputs: outputs.map(identity),
      })
      const plan = planParts(kernel, context, Math.max(0, ...[...inputs, ...outputs].map(bytesOf)))
      plan.scratch.forEach((bytes, position) => {
        scratchBytes[position] = Math.max(scratchBytes[position] ?? 0, bytes)
      })
      for (const launch of plan.launches) if (launch.workgroups > 0) launches.push({ step, launch, cells })
    })
    this.#launches = launches
    this.#argumentBytes = launches.reduce((sum, { launch }) => sum + roundUp(argumentBytes(launch), 256), 0)
    for (const buffer of this.#scratch) pool.give(buffer)
    this.#scratch = scratchBytes.map((bytes) => pool.take(bytes, capabilities.bufferBytes))
  }

  #contextOf(step: number, context: PlanContext): PlanContext {
    const request = (wanted: TuningRequest): void => void this.#requests.set(step, wanted)
    return { ...context, chosenTile: (kind, sizes) => this.#tuner.chosen(kind, sizes, request) }
  }

  /** Measures the products that no choice is known for, on what their operands hold now. */
  #tune(storages: readonly WebgpuStorage[]): void {
    const { capabilities } = this.#dispatcher
    for (const [step, request] of this.#requests) {
      const described = this.#program.steps[step]
      if (!described) continue
      const context = { capabilities, inputs: described.inputs, outputs: described.outputs }
      const memory = this.#memoryOf(step, storages)
      tuneProduct(described.kernel, context, memory, request, this.#tuner, this.#dispatcher).catch(() => undefined)
    }
    this.#requests.clear()
  }

  #check(bindings: readonly Storage[]): readonly WebgpuStorage[] {
    if (this.#isDisposed)
      throw new ArgumentError('replay: got a disposed program, expected a live one. Compile it again.')
    if (bindings.length !== this.#program.bindings) {
      throw new ArgumentError(
        `replay: got ${String(bindings.length)} storages, expected ${String(this.#program.bindings)}. Bind every storage of the program.`,
      )
    }
    const storages = bindings.map((storage) => this.#own(storage))
    const { bindingBytes } = this.#dispatcher.capabilities
    const isLarge = storages.some(({ byteLength }) => byteLength > bindingBytes)
    if ((isLarge && !this.#hasRun) || this.#planned !== this.#tuner.version) this.#plan(storages)
    if (this.#requests.size > 0 && !isLarge) this.#tune(storages)
    this.#hasRun = true
    return storages
  }

  #resolve(storages: readonly WebgpuStorage[]): readonly ResolvedLaunch[] {
    const key = storages.map(({ buffer }) => buffer.id).join()
    const known = this.#sets.get(key)
    this.#sets.delete(key)
    const resolved =
      known ??
      this.#launches.map(({ step, launch }) => this.#dispatcher.resolve(launch, this.#memoryOf(step, storages)))
    this.#sets.set(key, resolved)
    const oldest = this.#sets.keys().next()
    if (this.#sets.size > keptSets && oldest.done !== true) this.#sets.delete(oldest.value)
    return resolved
  }

  #memoryOf(step: number, storages: readonly WebgpuStorage[]): Memory {
    const described = this.#program.steps[step]
    return ({ kind, position }: MemoryReference): BufferWindow => {
      if (kind === 'scratch') {
        const buffer = this.#scratch[position]
        if (buffer) return this.#dispatcher.windowOf(buffer)
      }
      const number = (kind === 'input' ? described?.inputs : described?.outputs)?.[position] ?? -1
      const operand = this.#program.operands[number]
      if (operand?.kind === 'arena') {
        const byteLength = Math.max(16, roundUp(operand.byteLength, 16))
        return { buffer: this.#arena, byteOffset: operand.byteOffset, byteLength }
      }
      const storage = operand && storages[operand.binding]
      if (!storage) throw new RangeError(`step ${String(step)} has no ${kind} ${String(position)}`)
      return this.#dispatcher.windowOf(storage.buffer)
    }
  }

  #dispatch(resolved: ResolvedLaunch, at: number, cells: readonly number[], timing?: Timing): void {
    const slots = this.#launches[at]?.cells ?? []
    this.#dispatcher.dispatch(
      resolved,
      slots.map((slot) => cells[slot] ?? NaN),
      timing,
    )
  }

  #note(storages: readonly WebgpuStorage[]): void {
    const { flight } = this.#dispatcher.commands
    for (const binding of this.#reads) {
      const storage = storages[binding]
      if (storage) flight.reads.add(storage)
    }
    for (const binding of this.#writes) {
      const storage = storages[binding]
      if (storage) flight.writes.add(storage)
    }
  }
}
