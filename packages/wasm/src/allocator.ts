import { OutOfMemoryError } from '@chainrule/tensor'
import { type LinearMemory, pageBytes } from './linear-memory.js'

/** Every block starts and ends on a multiple of this many bytes: a cache line. */
export const alignment = 64

/** What a block is for, so that an out-of-memory error can say who holds what. */
export type BlockHolder = 'tensor' | 'program' | 'scratch' | 'code'

/** A piece of linear memory. Addresses and sizes are counted in units of 64 bytes, so they stay small integers. */
export class Block {
  start: number
  size: number
  /** undefined while the block is free. */
  holder: BlockHolder | undefined
  /** Neighbours in memory. */
  before: Block | undefined
  after: Block | undefined
  /** Neighbours in the list of free blocks of its class. */
  previousFree: Block | undefined
  nextFree: Block | undefined

  constructor(start: number, size: number) {
    this.start = start
    this.size = size
    this.holder = undefined
    this.before = undefined
    this.after = undefined
    this.previousFree = undefined
    this.nextFree = undefined
  }

  /** Byte address. */
  get address(): number {
    return this.start * alignment
  }

  /** Bytes that may be used. */
  get byteLength(): number {
    return this.size * alignment
  }
}

/** Classes within one doubling of size: 32, so that rounding up to a class wastes at most a thirty-second. */
const subdivisionBits = 5
const subdivisions = 1 << subdivisionBits

/** The class whose blocks have at least the size that begins it: linear below 32 units, then 32 classes a doubling. */
const classOf = (size: number): number => {
  if (size < subdivisions) return size
  const doubling = 31 - Math.clz32(size)
  return (
    ((doubling - subdivisionBits + 1) << subdivisionBits) +
    ((size >> (doubling - subdivisionBits)) & (subdivisions - 1))
  )
}

/** The least size that begins a class and is no smaller: blocks have such sizes, so that one fits where one was. */
const roundToClass = (size: number): number => {
  if (size < 2 * subdivisions) return size
  const bits = 31 - Math.clz32(size) - subdivisionBits
  return ((size + (1 << bits) - 1) >> bits) << bits
}

const classes = classOf(2 ** 26) + 1
const bitmapWords = Math.ceil(classes / 32)

const megabytes = (bytes: number): string =>
  bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 1024).toFixed(1)} KiB`

/**
 * Memory of a device: free blocks in lists by size class, merged with their neighbours as soon as they are free, found and
 * taken in constant time (two-level segregated fit; Masmano et al., 2004). A block of the right class that was freed last
 * is taken first, while it is in the cache.
 */
export class Allocator {
  readonly #memory: LinearMemory
  readonly #free: (Block | undefined)[] = new Array<Block | undefined>(classes).fill(undefined)
  /** One bit a class: whether its list has a block. */
  readonly #bitmap = new Int32Array(bitmapWords)
  readonly #first: Block
  #last: Block
  /** Bytes in blocks that are taken. */
  liveBytes = 0
  /** Blocks that are taken. */
  liveBlocks = 0

  /**
   * @param memory - where blocks lie; it grows as needed
   * @param start - bytes at the beginning that are never given away
   */
  constructor(memory: LinearMemory, start: number) {
    this.#memory = memory
    const begin = Math.ceil(start / alignment)
    // The last unit is never given away: vector code may read, not use, up to 16 bytes behind a block.
    this.#first = new Block(begin, memory.byteLength / alignment - begin - 1)
    this.#last = this.#first
    this.#insert(this.#first)
  }

  /**
   * Takes a block.
   *
   * @param byteLength - bytes needed; 0 gives a block all the same
   * @param holder - what it is for
   * @returns the block; its contents are undefined
   * @throws OutOfMemoryError where the memory may not grow far enough
   */
  allocate(byteLength: number, holder: BlockHolder): Block {
    const exact = Math.max(1, Math.ceil(byteLength / alignment))
    const size = roundToClass(exact)
    const block = this.#find(size) ?? this.#grow(size, exact, byteLength)
    this.#remove(block)
    if (block.size > size) this.#split(block, size)
    block.holder = holder
    this.liveBytes += block.byteLength
    this.liveBlocks++
    return block
  }

  /**
   * Gives a block back.
   *
   * @param block - a block of this allocator that is taken
   */
  free(block: Block): void {
    this.liveBytes -= block.byteLength
    this.liveBlocks--
    block.holder = undefined
    let merged = block
    const { before, after } = block
    if (before !== undefined && before.holder === undefined) {
      this.#remove(before)
      this.#join(before, block)
      merged = before
    }
    if (after !== undefined && after.holder === undefined) {
      this.#remove(after)
      this.#join(merged, after)
    }
    this.#insert(merged)
  }

  /** Every block in order of address, taken or free. */
  *blocks(): Generator<Block> {
    for (let block: Block | undefined = this.#first; block !== undefined; block = block.after) yield block
  }

  #find(size: number): Block | undefined {
    const wanted = classOf(size)
    let word = wanted >> 5
    let bits = (this.#bitmap[word] ?? 0) & (-1 << (wanted & 31))
    while (bits === 0) {
      word++
      if (word >= bitmapWords) return undefined
      bits = this.#bitmap[word] ?? 0
    }
    return this.#free[(word << 5) + (31 - Math.clz32(bits & -bits))]
  }

  #insert(block: Block): void {
    const list = classOf(block.size)
    const head = this.#free[list]
    block.previousFree = undefined
    block.nextFree = head
    if (head !== undefined) head.previousFree = block
    this.#free[list] = block
    const word = list >> 5
    this.#bitmap[word] = (this.#bitmap[word] ?? 0) | (1 << (list & 31))
  }

  #remove(block: Block): void {
    const { previousFree, nextFree } = block
    if (nextFree !== undefined) nextFree.previousFree = previousFree
    if (previousFree !== undefined) previousFree.nextFree = nextFree
    else {
      const list = classOf(block.size)
      this.#free[list] = nextFree
      const word = list >> 5
      if (nextFree === undefined) this.#bitmap[word] = (this.#bitmap[word] ?? 0) & ~(1 << (list & 31))
    }
    block.previousFree = undefined
    block.nextFree = undefined
  }

  #split(block: Block, size: number): void {
    const rest = new Block(block.start + size, block.size - size)
    block.size = size
    rest.before = block
    rest.after = block.after
    if (block.after === undefined) this.#last = rest
    else block.after.before = rest
    block.after = rest
    this.#insert(rest)
  }

  #join(block: Block, next: Block): void {
    block.size += next.size
    block.after = next.after
    if (next.after === undefined) this.#last = block
    else next.after.before = block
  }

  /** More memory at the end: a quarter of what there is, so that growing stays rare, or else just what is needed. */
  #grow(size: number, exact: number, requested: number): Block {
    const memory = this.#memory
    const free = this.#last.holder === undefined ? this.#last.size : 0
    const [needed, least] = [size, exact].map((units) => Math.ceil(((units - free) * alignment) / pageBytes)) as [
      number,
      number,
    ]
    const pages = memory.byteLength / pageBytes
    const generous = Math.min(memory.limitPages - pages, Math.max(needed, pages >> 2, 64))
    let grown = 0
    for (const step of [generous, needed, least]) {
      if (step > 0 && step >= least && pages + step <= memory.limitPages && memory.grow(step)) {
        grown = step
        break
      }
    }
    if (grown === 0) {
      const fit = this.#exactFit(exact)
      if (fit !== undefined) return fit
      throw new OutOfMemoryError(this.#explain(requested))
    }
    const added = new Block(this.#last.start + this.#last.size, (grown * pageBytes) / alignment)
    added.before = this.#last
    this.#last.after = added
    const previous = this.#last
    this.#last = added
    if (previous.holder === undefined) {
      this.#remove(previous)
      this.#join(previous, added)
      this.#insert(previous)
      return previous
    }
    this.#insert(added)
    return added
  }

  /** When memory is at its limit, a block that is large enough without rounding will do. */
  #exactFit(size: number): Block | undefined {
    for (const block of this.blocks()) if (block.holder === undefined && block.size >= size) return block
    return undefined
  }

  #explain(requested: number): string {
    const sizes = new Map<string, { count: number; bytes: number; each: number }>()
    let largestFree = 0
    for (const block of this.blocks()) {
      if (block.holder === undefined) {
        largestFree = Math.max(largestFree, block.byteLength)
        continue
      }
      const key = `${block.holder} ${block.size}`
      const known = sizes.get(key)
      if (known === undefined) sizes.set(key, { count: 1, bytes: block.byteLength, each: block.byteLength })
      else {
        known.count++
        known.bytes += block.byteLength
      }
    }
    const holders = [...sizes]
      .sort(([, one], [, other]) => other.bytes - one.bytes)
      .slice(0, 5)
      .map(([key, { count, each }]) => `${count} × ${megabytes(each)} (${key.slice(0, key.indexOf(' '))})`)
    const limit = this.#memory.limitPages * pageBytes
    return (
      `allocate: got a request of ${megabytes(requested)} with ${megabytes(this.liveBytes)} live in ${this.liveBlocks} ` +
      `blocks, expected it to fit into ${megabytes(limit)} (largest free piece ${megabytes(largestFree)}); ` +
      `the largest holders: ${holders.join(', ') || 'none'}. ` +
      `Use scope() or dispose() to free tensors, a smaller batch, or a device with more memory.`
    )
  }
}
