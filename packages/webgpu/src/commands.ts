import type { ChainruleError } from '@chainrule/tensor'
import { errorFrom, Flight } from './flight.js'
import { bufferUsage } from './gpu-flags.js'

/** A query set and the pair of entries that time one dispatch. */
export interface Timing {
  readonly querySet: GPUQuerySet
  readonly first: number
}

/** One entry of a batch. */
export type Command =
  | {
      readonly kind: 'dispatch'
      readonly label: string
      readonly pipeline: GPUComputePipeline
      readonly group: GPUBindGroup
      /** Where its arguments lie in the argument block. */
      readonly argumentOffset: number
      readonly x: number
      readonly y: number
      readonly timing: Timing | undefined
    }
  | {
      readonly kind: 'copy'
      readonly source: GPUBuffer
      readonly sourceOffset: number
      readonly target: GPUBuffer
      readonly targetOffset: number
      readonly byteLength: number
    }
  | { readonly kind: 'resolve'; readonly querySet: GPUQuerySet; readonly count: number; readonly target: GPUBuffer }

/** Offsets of uniform bindings that change per dispatch are multiples of this on every device. */
const argumentAlignment = 256

/** Arguments and small uploads of one batch. */
const blockBytes = 1 << 20

/** Host data up to this size is put into the batch, in its turn, where it would otherwise overtake commands. */
const smallUpload = 1 << 16

/** A batch of this many dispatches is submitted, so that the GPU does not wait for the host. */
const dispatchBound = 512

/**
 * Gathers dispatches and copies and hands them to the GPU in one command buffer and one submit: at reads, when the bound
 * of dispatches is reached, or when the block of their arguments is full.
 */
export class Commands {
  readonly #gpuDevice: GPUDevice
  readonly #block: GPUBuffer
  readonly #bytes = new Uint8Array(blockBytes)
  readonly #words = new Uint32Array(this.#bytes.buffer)
  readonly #submitted: () => void
  #used = 0
  #dispatches = 0
  #bound = dispatchBound
  #isClosed = false
  #commands: Command[] = []
  #flight = new Flight(0)
  #lastSettled: Promise<void> | undefined

  /**
   * @param gpuDevice - where the commands go
   * @param submitted - called after each submit
   */
  constructor(gpuDevice: GPUDevice, submitted: () => void) {
    this.#gpuDevice = gpuDevice
    this.#submitted = submitted
    this.#block = gpuDevice.createBuffer({
      label: 'arguments',
      size: blockBytes,
      usage: bufferUsage.uniform | bufferUsage.copySource | bufferUsage.copyDestination,
    })
  }

  /** The uniform buffer that holds arguments. */
  get argumentBlock(): GPUBuffer {
    return this.#block
  }

  /** The batch that is being gathered. */
  get flight(): Flight {
    return this.#flight
  }

  /**
   * Adds a dispatch.
   *
   * @param dispatch - all but its arguments
   * @param argumentBytes - size of its argument block, a multiple of 16
   * @param fill - writes the arguments into 32-bit words, from an index on
   */
  dispatch(
    dispatch: Omit<Extract<Command, { kind: 'dispatch' }>, 'kind' | 'argumentOffset'>,
    argumentBytes: number,
    fill: (words: Uint32Array, first: number) => void,
  ): void {
    if (this.#dispatches >= this.#bound) this.flush()
    const argumentOffset = this.#reserve(argumentBytes, argumentAlignment)
    fill(this.#words, argumentOffset / 4)
    this.#commands.push({ kind: 'dispatch', argumentOffset, ...dispatch })
    this.#dispatches++
  }

  /**
   * Makes room for dispatches that should go in one submit: submits first what was gathered, where both do not fit.
   *
   * @param dispatches - how many follow
   * @param argumentBytes - bytes of their arguments, each aligned
   */
  begin(dispatches: number, argumentBytes: number): void {
    const isFull = this.#dispatches + dispatches > dispatchBound || this.#used + argumentBytes > blockBytes / 2
    if (this.#dispatches > 0 && isFull) this.flush()
    this.#bound = Math.max(dispatchBound, dispatches)
  }

  /** Submits what was gathered when the current turn of the event loop ends, unless a read does so before. */
  flushSoon(): void {
    const { number } = this.#flight
    queueMicrotask(() => {
      if (this.#flight.number === number && !this.#isClosed) this.flush()
    })
  }

  /** Drops what was gathered; nothing is submitted any more. */
  close(): void {
    this.#isClosed = true
    this.#commands = []
  }

  /** Adds a copy between buffers; offsets and size are multiples of 4. */
  copy(copy: Omit<Extract<Command, { kind: 'copy' }>, 'kind'>): void {
    this.#commands.push({ kind: 'copy', ...copy })
  }

  /** Adds the reading of timestamps into a buffer. */
  resolve(querySet: GPUQuerySet, count: number, target: GPUBuffer): void {
    this.#commands.push({ kind: 'resolve', querySet, count, target })
  }

  /**
   * Writes host data to a buffer after all commands so far.
   *
   * @param target - the buffer
   * @param data - bytes, a multiple of 4 of them
   * @param isPending - whether a command of this batch uses the buffer
   */
  upload(target: GPUBuffer, data: Uint8Array<ArrayBuffer>, isPending: boolean): void {
    if (!isPending || data.byteLength > smallUpload) {
      if (isPending) this.flush()
      this.#gpuDevice.queue.writeBuffer(target, 0, data)
      return
    }
    const sourceOffset = this.#reserve(data.byteLength, 4)
    this.#bytes.set(data, sourceOffset)
    this.copy({ source: this.#block, sourceOffset, target, targetOffset: 0, byteLength: data.byteLength })
  }

  /** Adds a check whose result decides whether this batch failed. */
  check(result: Promise<ChainruleError | undefined>): void {
    this.#flight.checks.push(result)
  }

  /** Submits what was gathered. */
  flush(): Flight {
    const flight = this.#flight
    const commands = this.#commands
    const used = this.#used
    if (this.#isClosed || (commands.length === 0 && flight.checks.length === 0)) return flight
    this.#commands = []
    this.#used = 0
    this.#dispatches = 0
    this.#bound = dispatchBound
    this.#flight = new Flight(flight.number + 1)
    if (commands.length > 0) {
      for (const filter of ['validation', 'out-of-memory', 'internal'] as const) this.#gpuDevice.pushErrorScope(filter)
      this.#gpuDevice.queue.writeBuffer(this.#block, 0, this.#bytes, 0, Math.ceil(used / 4) * 4)
      this.#gpuDevice.queue.submit([this.#encode(commands)])
      const scopes = [1, 2, 3].map(() => this.#gpuDevice.popErrorScope())
      flight.checks.push(this.#outcome(scopes, commands))
      this.#submitted()
    }
    flight.settled = flight.settle(this.#lastSettled)
    this.#lastSettled = flight.settled
    return flight
  }

  #reserve(byteLength: number, alignment: number): number {
    let offset = Math.ceil(this.#used / alignment) * alignment
    if (offset + Math.max(byteLength, argumentAlignment) > blockBytes) {
      this.flush()
      offset = 0
    }
    this.#used = offset + byteLength
    return offset
  }

  #encode(commands: readonly Command[]): GPUCommandBuffer {
    const encoder = this.#gpuDevice.createCommandEncoder()
    let pass: GPUComputePassEncoder | undefined
    let pipeline: GPUComputePipeline | undefined
    const endPass = (): void => {
      pass?.end()
      pass = undefined
      pipeline = undefined
    }
    for (const command of commands) {
      if (command.kind === 'dispatch') {
        if (command.timing) {
          endPass()
          const { querySet, first } = command.timing
          pass = encoder.beginComputePass({
            timestampWrites: { querySet, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 },
          })
        }
        pass ??= encoder.beginComputePass()
        if (pipeline !== command.pipeline) pass.setPipeline((pipeline = command.pipeline))
        pass.setBindGroup(0, command.group, [command.argumentOffset])
        pass.dispatchWorkgroups(command.x, command.y)
        if (command.timing) endPass()
      } else {
        endPass()
        if (command.kind === 'copy') {
          const { source, sourceOffset, target, targetOffset, byteLength } = command
          encoder.copyBufferToBuffer(source, sourceOffset, target, targetOffset, byteLength)
        } else encoder.resolveQuerySet(command.querySet, 0, command.count, command.target, 0)
      }
    }
    endPass()
    return encoder.finish()
  }

  /** What the error scopes of a submit caught, with the dispatches that WebGPU refuses by name. */
  async #outcome(
    scopes: readonly Promise<GPUError | null>[],
    commands: readonly Command[],
  ): Promise<ChainruleError | undefined> {
    const errors = await Promise.all(scopes)
    const error = errors.find((found) => found !== null)
    return error ? errorFrom(error, await this.#findCulprit(commands)) : undefined
  }

  /** Encodes dispatches one by one, without submitting, and names the first that is refused. */
  async #findCulprit(commands: readonly Command[]): Promise<string> {
    const labels = new Set<string>()
    for (const command of commands) {
      if (command.kind !== 'dispatch' || labels.has(command.label)) continue
      labels.add(command.label)
      this.#gpuDevice.pushErrorScope('validation')
      this.#encode([{ ...command, timing: undefined }])
      if (await this.#gpuDevice.popErrorScope()) return command.label
    }
    const list = [...labels]
    return list.length > 4 ? `one of ${list.slice(-4).join('; ')} or ${String(list.length - 4)} more` : list.join('; ')
  }
}
