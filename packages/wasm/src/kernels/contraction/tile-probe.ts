import type { Kernel } from '@chainrule/tensor'
import type { Allocator } from '../../allocator.js'
import type { CodeCache } from '../../code-cache.js'
import type { KernelPlan } from '../../kernel-code.js'
import type { LinearMemory } from '../../linear-memory.js'
import { contractionCore } from './contraction-core.js'
import { preferredTile, preferTile } from './tile-choice.js'
import { depthBlock, tileVariants } from './tile-variants.js'

/** Multiply-adds after which a process is worth tuning for: first the tiles are warmed up, later they are measured. */
const enough = { toWarm: 1e9, toMeasure: 4e9 } as const

/** Rows and columns of the product that is measured: whole tiles of every variant. */
const side = 24

/** Products in one measurement, some 100 µs, and how often each tile is measured. */
const products = 20
const rounds = 8

/** Products after which engines have optimized the code of a tile. */
const warmProducts = 400

/** How much faster another tile has to be. */
const margin = 0.97

type MultiplyBlock = (
  variant: number,
  a: number,
  rows: number,
  b: number,
  columns: number,
  depth: number,
  c: number,
  rowBytes: number,
  accumulate: number,
) => void

/**
 * Multiply-adds of a kernel, if it uses register tiles of float32.
 *
 * @param kernel - the kernel
 * @param plan - how it runs
 * @returns how many; 0 where a library multiplies
 */
export const tileWork = (kernel: Kernel, { library }: Pick<KernelPlan, 'library'>): number => {
  if (library !== undefined) return 0
  if (kernel.kind === 'matmul') {
    const batch = kernel.batch.reduce((count, size) => count * size, 1)
    return kernel.structure.dtype === 'float32' ? batch * kernel.rows * kernel.columns * kernel.inner : 0
  }
  if (kernel.kind !== 'convolution' || kernel.structure.dtype !== 'float32') return 0
  const { batch, inputChannels, outputChannels, groups, window } = kernel
  const taps = window.kernel[0] * window.kernel[1]
  return batch * outputChannels * (inputChannels / groups) * taps * window.output[0] * window.output[1]
}

/**
 * Finds the register tile that suits the engine, once and only in processes that multiply a lot: which one is fastest
 * depends on how the engine allocates registers, and can only be measured when it has optimized the code.
 */
export class TileProbe {
  readonly #memory: LinearMemory
  readonly #cache: CodeCache
  readonly #allocator: Allocator
  #work = 0
  #isWarm = false
  #isDone = false

  constructor(memory: LinearMemory, cache: CodeCache, allocator: Allocator) {
    this.#memory = memory
    this.#cache = cache
    this.#allocator = allocator
  }

  /**
   * Counts work that is about to run; twice in the life of a process that takes a few milliseconds longer.
   *
   * @param work - multiply-adds, as `tileWork` counts them
   */
  consider(work: number): void {
    if (this.#isDone) return
    this.#work += work
    if (!this.#isWarm && this.#work > enough.toWarm) {
      this.#isWarm = true
      this.#measure(1, warmProducts)
    } else if (this.#isWarm && this.#work > enough.toMeasure) {
      this.#isDone = true
      this.#choose()
    }
  }

  #choose(): void {
    const times = this.#measure(rounds, products)
    const current = preferredTile().variant
    const best = times.indexOf(Math.min(...times))
    if ((times[best] ?? Infinity) < margin * (times[current] ?? Infinity)) preferTile(best)
  }

  /** The shortest time of each tile for some products. */
  #measure(repeats: number, count: number): number[] {
    const { exports } = this.#cache.get(contractionCore.float32)
    const multiply = exports['block'] as MultiplyBlock
    const panelBytes = 4 * side * depthBlock
    const block = this.#allocator.allocate(3 * panelBytes, 'scratch')
    const { address } = block
    // Zeros: what happens to lie there may be subnormal, which is slow.
    this.#memory.bytes.fill(0, address, address + block.byteLength)
    const times = tileVariants.map(() => Infinity)
    for (let repeat = 0; repeat < repeats; repeat++) {
      tileVariants.forEach((_, variant) => {
        const started = performance.now()
        for (let product = 0; product < count; product++) {
          multiply(
            variant,
            address,
            side,
            address + panelBytes,
            side,
            depthBlock,
            address + 2 * panelBytes,
            4 * side,
            0,
          )
        }
        times[variant] = Math.min(times[variant] ?? Infinity, performance.now() - started)
      })
    }
    this.#allocator.free(block)
    return times
  }
}
