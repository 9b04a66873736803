import type { ChainruleError } from '@chainrule/tensor'
import { BindGroups, type BufferWindow, resolveBindings } from './bindings.js'
import { BufferPool, type PooledBuffer, storageUsage } from './buffer-pool.js'
import type { Capabilities } from './capabilities.js'
import { type Command, Commands, type Timing } from './commands.js'
import { Faults } from './faults.js'
import { errorFrom } from './flight.js'
import { argumentBytes, writeArguments } from './launch-arguments.js'
import type { Launch, LaunchOperand, MemoryReference } from './launch.js'
import { type Checked, Pipelines } from './pipelines.js'

/** Finds the memory that a launch names. */
export type Memory = (reference: MemoryReference) => BufferWindow

/** A launch with its pipeline and bind group. */
export interface ResolvedLaunch {
  readonly launch: Launch
  readonly dispatch: Omit<Extract<Command, { kind: 'dispatch' }>, 'kind' | 'argumentOffset' | 'timing'>
  readonly argumentBytes: number
  readonly buffers: readonly PooledBuffer[]
}

/** Turns launches into commands: finds their pipeline and bind group, and counts their workgroups. */
export class Dispatcher {
  readonly gpuDevice: GPUDevice
  readonly capabilities: Capabilities
  readonly commands: Commands
  readonly pool: BufferPool
  readonly pipelines: Pipelines
  readonly groups: BindGroups
  readonly faults: Faults
  /** Buffers that the pool gave up while commands that use them were not submitted yet. */
  #condemned: PooledBuffer[] = []

  /**
   * @param gpuDevice - where the work goes
   * @param capabilities - its limits
   * @param poolBytes - most bytes of buffers that wait to be reused
   */
  constructor(gpuDevice: GPUDevice, capabilities: Capabilities, poolBytes: number) {
    this.gpuDevice = gpuDevice
    this.capabilities = capabilities
    this.commands = new Commands(gpuDevice, () => this.#destroyCondemned())
    const checked: Checked = (what, action) => {
      const { result, error } = this.#scoped(what, action)
      this.commands.check(error)
      return result
    }
    this.pipelines = new Pipelines(gpuDevice, checked)
    this.groups = new BindGroups(gpuDevice, this.commands.argumentBlock, checked)
    this.pool = new BufferPool(
      (byteLength) =>
        checked(`allocate ${String(byteLength)} bytes`, () =>
          gpuDevice.createBuffer({ size: byteLength, usage: storageUsage }),
        ),
      (buffer) => {
        this.groups.forget(buffer)
        this.#condemned.push(buffer)
        if (buffer.usedBy !== this.commands.flight.number) this.#destroyCondemned()
      },
      poolBytes,
    )
    this.faults = new Faults(this.pool)
  }

  /**
   * The whole of a buffer.
   *
   * @param buffer - a buffer of the pool
   * @returns the window
   */
  windowOf(buffer: PooledBuffer): BufferWindow {
    return { buffer, byteOffset: 0, byteLength: buffer.byteLength }
  }

  /**
   * Finds the pipeline and the bind group of a launch.
   *
   * @param launch - what to run
   * @param memory - where its operands lie
   * @returns all that does not change while the operands stay where they are
   */
  resolve(launch: Launch, memory: Memory): ResolvedLaunch {
    const operands = launch.operands.map((operand) => ({
      window: this.#cut(
        operand.memory.kind === 'faults' ? this.windowOf(this.faults.buffer) : memory(operand.memory),
        operand,
      ),
      writes: operand.writes,
    }))
    const { layout, windows } = resolveBindings(operands)
    const pipeline = this.pipelines.of(launch, layout)
    const bytes = argumentBytes(launch)
    const group = this.groups.of(launch.label, pipeline, bytes, windows)
    const perLine = this.capabilities.workgroupsPerDimension
    const y = Math.ceil(launch.workgroups / perLine)
    const x = Math.ceil(launch.workgroups / y)
    const dispatch = { label: launch.label, pipeline: pipeline.gpuPipeline, group, x, y }
    return { launch, dispatch, argumentBytes: bytes, buffers: windows.map(({ buffer }) => buffer) }
  }

  /**
   * Adds a dispatch to the batch.
   *
   * @param resolved - from `resolve`
   * @param cells - numbers of the kernel's cells
   * @param timing - where to write timestamps
   */
  dispatch(resolved: ResolvedLaunch, cells: readonly number[], timing?: Timing): void {
    const { launch, dispatch, buffers } = resolved
    const faultNumber = this.faults.numberOf(launch)
    this.commands.dispatch({ ...dispatch, timing }, resolved.argumentBytes, (words, first) =>
      writeArguments(launch, cells, faultNumber, words, first),
    )
    const { number } = this.commands.flight
    for (const buffer of buffers) buffer.usedBy = number
  }

  /** Destroys everything. */
  dispose(): void {
    this.pool.trim(0)
    this.#destroyCondemned()
    this.commands.argumentBlock.destroy()
  }

  /** The window that an operand asks for, or as much of its memory as one binding can see. */
  #cut(window: BufferWindow, { byteOffset = 0, byteLength }: LaunchOperand): BufferWindow {
    const { bindingBytes } = this.capabilities
    const limit = byteLength ?? bindingBytes - (bindingBytes % 16)
    if (byteOffset === 0 && window.byteLength <= limit) return window
    return {
      buffer: window.buffer,
      byteOffset: window.byteOffset + byteOffset,
      byteLength: Math.min(limit, window.byteLength - byteOffset),
    }
  }

  #scoped<T>(what: string, action: () => T): { result: T; error: Promise<ChainruleError | undefined> } {
    const filters = ['validation', 'out-of-memory', 'internal'] as const
    for (const filter of filters) this.gpuDevice.pushErrorScope(filter)
    const result = action()
    const scopes = filters.map(() => this.gpuDevice.popErrorScope().catch(() => null))
    const error = Promise.all(scopes).then((errors) => {
      const found = errors.find((candidate) => candidate !== null)
      return found ? errorFrom(found, what) : undefined
    })
    return { result, error }
  }

  #destroyCondemned(): void {
    for (const { gpuBuffer } of this.#condemned) gpuBuffer.destroy()
    this.#condemned = []
  }
}
