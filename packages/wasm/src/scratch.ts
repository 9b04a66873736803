import type { Allocator, Block } from './allocator.js'
import { controlBlock } from './control-block.js'
import type { KernelPlan } from './kernel-code.js'
import type { LinearMemory } from './linear-memory.js'

/** Memory that kernels use while they run: a piece for each thread and one for all. It only grows, between runs. */
export class Scratch {
  readonly #memory: LinearMemory
  readonly #allocator: Allocator
  readonly #threads: number
  #own: Block | undefined
  #shared: Block | undefined
  #ownBytes = 0
  #sharedBytes = 0

  constructor(memory: LinearMemory, allocator: Allocator, threads: number) {
    this.#memory = memory
    this.#allocator = allocator
    this.#threads = threads
  }

  /** Byte address of the main thread's piece. */
  get ownAddress(): number {
    return this.#own?.address ?? 0
  }

  /** Byte address of the piece for all. */
  get sharedAddress(): number {
    return this.#shared?.address ?? 0
  }

  /**
   * Makes sure that there is enough for a plan.
   *
   * @param plan - the plan about to run
   * @throws OutOfMemoryError where memory does not suffice
   */
  reserve(plan: KernelPlan): void {
    if (plan.scratchBytes > this.#ownBytes) this.#growOwn(plan.scratchBytes)
    if (plan.sharedScratchBytes > this.#sharedBytes) this.#growShared(plan.sharedScratchBytes)
  }

  #growOwn(bytes: number): void {
    // Threads' pieces are a page apart, so that they never share a cache line or a prefetch.
    const stride = (Math.max(bytes, 2 * this.#ownBytes) + 4095) & ~4095
    if (this.#own !== undefined) this.#allocator.free(this.#own)
    this.#own = undefined
    this.#ownBytes = 0
    this.#own = this.#allocator.allocate(stride * this.#threads, 'scratch')
    this.#ownBytes = stride
    const { words } = this.#memory
    words[controlBlock.scratchBase / 4] = this.#own.address
    words[controlBlock.scratchStride / 4] = stride
  }

  #growShared(bytes: number): void {
    if (this.#shared !== undefined) this.#allocator.free(this.#shared)
    this.#shared = undefined
    this.#sharedBytes = 0
    this.#shared = this.#allocator.allocate(bytes, 'scratch')
    this.#sharedBytes = bytes
  }
}
