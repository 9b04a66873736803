import { bufferUsage } from './gpu-flags.js'

/** A GPU buffer that goes from tensor to tensor. */
export interface PooledBuffer {
  /** Differs for each buffer of a pool. */
  readonly id: number
  readonly gpuBuffer: GPUBuffer
  /** Its size, that of its class. */
  readonly byteLength: number
  /** Number of the batch of commands that used it last, so that host data does not overtake them. */
  usedBy: number
}

/** What a pool holds. */
export interface PoolStatistics {
  /** Bytes of buffers that are lent out. */
  readonly lentBytes: number
  /** Bytes of buffers that wait to be reused. */
  readonly freeBytes: number
  readonly buffers: number
}

const smallest = 256

/**
 * The size of the buffer that serves a request: a power of two or a quarter step between two of them, so at most a
 * quarter is spare and few sizes occur.
 *
 * @param byteLength - bytes asked for
 * @returns bytes of the buffer, a multiple of 64
 */
export const sizeClass = (byteLength: number): number => {
  if (byteLength <= smallest) return smallest
  const step = 2 ** Math.floor(Math.log2(byteLength - 1)) / 4
  return Math.ceil(byteLength / step) * step
}

/**
 * Lends storage buffers by size class and takes them back. Work on a GPU runs in the order it was submitted, so a buffer
 * can be lent again at once. When more than `capacity` bytes wait, the ones that waited longest are destroyed.
 */
export class BufferPool {
  readonly #create: (byteLength: number) => GPUBuffer
  readonly #evicted: (buffer: PooledBuffer) => void
  readonly #capacity: number
  /** Waiting buffers by size class, the last one returned last. */
  readonly #free = new Map<number, PooledBuffer[]>()
  /** Waiting buffers, the one that waits longest first. */
  readonly #waiting = new Set<PooledBuffer>()
  #freeBytes = 0
  #lentBytes = 0
  #nextId = 0

  /**
   * @param create - makes a buffer of some size
   * @param evicted - told of each buffer that is destroyed
   * @param capacity - most bytes that wait to be reused
   */
  constructor(create: (byteLength: number) => GPUBuffer, evicted: (buffer: PooledBuffer) => void, capacity: number) {
    this.#create = create
    this.#evicted = evicted
    this.#capacity = capacity
  }

  /** What the pool holds now. */
  get statistics(): PoolStatistics {
    return { lentBytes: this.#lentBytes, freeBytes: this.#freeBytes, buffers: this.#nextId }
  }

  /**
   * Lends a buffer; its contents are undefined.
   *
   * @param byteLength - bytes that it must hold at least
   * @param largest - most bytes of one buffer: a class is cut to it
   * @returns a buffer, the one returned last where one of its class waits
   */
  take(byteLength: number, largest: number): PooledBuffer {
    const bytes = Math.min(sizeClass(byteLength), largest)
    const known = this.#free.get(bytes)?.pop()
    this.#lentBytes += bytes
    if (known) {
      this.#waiting.delete(known)
      this.#freeBytes -= bytes
      return known
    }
    return { id: this.#nextId++, gpuBuffer: this.#create(bytes), byteLength: bytes, usedBy: -1 }
  }

  /** Takes a buffer back. */
  give(buffer: PooledBuffer): void {
    const list = this.#free.get(buffer.byteLength)
    if (list) list.push(buffer)
    else this.#free.set(buffer.byteLength, [buffer])
    this.#waiting.add(buffer)
    this.#lentBytes -= buffer.byteLength
    this.#freeBytes += buffer.byteLength
    this.trim(this.#capacity)
  }

  /**
   * Destroys waiting buffers, the ones that waited longest first.
   *
   * @param capacity - bytes that may go on waiting
   */
  trim(capacity: number): void {
    for (const buffer of this.#waiting) {
      if (this.#freeBytes <= capacity) return
      this.#waiting.delete(buffer)
      const list = this.#free.get(buffer.byteLength)
      list?.splice(list.indexOf(buffer), 1)
      this.#freeBytes -= buffer.byteLength
      this.#evicted(buffer)
    }
  }
}

/** Usage of the buffers of tensors. */
export const storageUsage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyDestination
