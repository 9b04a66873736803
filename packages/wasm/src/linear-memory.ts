import { ArgumentError, type DType, OutOfMemoryError } from '@chainrule/tensor'

/** Bytes of a WebAssembly page. */
export const pageBytes = 65536

/** Pages of 4 GiB, the most that 32-bit addresses reach. */
export const maximumPages = 65536

const pagesOf = (limit: number): number => {
  if (!Number.isFinite(limit) || limit < 16 * pageBytes) {
    throw new ArgumentError(
      `WasmDevice: got a memory limit of ${limit} bytes, expected at least 1 MiB (${16 * pageBytes}). Raise memoryLimit.`,
    )
  }
  return Math.min(maximumPages, Math.floor(limit / pageBytes))
}

/** The one memory of a device: all its storages, and views on it that stay right as it grows. */
export class LinearMemory {
  /** The memory that kernels import. */
  readonly memory: WebAssembly.Memory
  /** Whether workers can share it. */
  readonly shared: boolean
  /** Most pages it may have. */
  readonly limitPages: number
  bytes: Uint8Array
  words: Int32Array
  floats: Float32Array
  doubles: Float64Array

  /**
   * @param shared - whether workers will share it
   * @param limit - most bytes it may have
   * @throws ArgumentError where the limit is not at least 1 MiB
   * @throws OutOfMemoryError where the engine gives no memory at all
   */
  constructor(shared: boolean, limit = maximumPages * pageBytes) {
    this.shared = shared
    const created = LinearMemory.#create(shared, pagesOf(limit))
    this.memory = created.memory
    this.limitPages = created.pages
    const buffer = this.memory.buffer
    this.bytes = new Uint8Array(buffer)
    this.words = new Int32Array(buffer)
    this.floats = new Float32Array(buffer)
    this.doubles = new Float64Array(buffer)
  }

  /** A maximum is reserved as address space, which small machines may refuse: then less is asked for. */
  static #create(shared: boolean, limitPages: number): { memory: WebAssembly.Memory; pages: number } {
    let cause: unknown
    for (let pages = limitPages; pages >= 16; pages = pages >> 1) {
      try {
        return { memory: new WebAssembly.Memory({ initial: 16, maximum: pages, shared }), pages }
      } catch (error) {
        cause = error
      }
    }
    throw new OutOfMemoryError(
      `WasmDevice: the engine gave no WebAssembly memory of 1 MiB or more (${String(cause)}). Close other pages or programs.`,
    )
  }

  /** Bytes it has now. */
  get byteLength(): number {
    return this.bytes.byteLength
  }

  /** Adds pages; false where the engine refuses. */
  grow(pages: number): boolean {
    try {
      this.memory.grow(pages)
    } catch {
      return false
    }
    const buffer = this.memory.buffer
    this.bytes = new Uint8Array(buffer)
    this.words = new Int32Array(buffer)
    this.floats = new Float32Array(buffer)
    this.doubles = new Float64Array(buffer)
    return true
  }

  /** The memory as elements of a dtype. */
  elements(dtype: DType): Uint8Array | Int32Array | Uint16Array | Float32Array | Float64Array {
    switch (dtype) {
      case 'bool':
        return this.bytes
      case 'int32':
        return this.words
      case 'float16':
        return new Uint16Array(this.bytes.buffer)
      case 'float32':
        return this.floats
      case 'float64':
        return this.doubles
    }
  }
}
