const scratch = new DataView(new ArrayBuffer(8))

/** Bytes that are written one after another. */
export class ByteWriter {
  #bytes = new Uint8Array(4096)
  #length = 0

  /** How many bytes were written. */
  get length(): number {
    return this.#length
  }

  /** What was written, in a buffer of its own. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  /** Writes a byte. */
  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  /** Writes bytes. */
  bytes(values: ArrayLike<number>): void {
    if (this.#length + values.length > this.#bytes.length) this.#grow(values.length)
    this.#bytes.set(values, this.#length)
    this.#length += values.length
  }

  /** Writes what another writer holds. */
  append(other: ByteWriter): void {
    this.bytes(other.#bytes.subarray(0, other.#length))
  }

  /** Writes an unsigned number, 7 bits a byte, low ones first (LEB128). */
  unsigned(value: number): void {
    let rest = value >>> 0
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** Writes a signed 32-bit number in the same way. */
  signed(value: number): void {
    let rest = value | 0
    while (rest < -0x40 || rest > 0x3f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.byte(rest & 0x7f)
  }

  /** Writes a signed 64-bit number in the same way. */
  signedLong(value: bigint): void {
    let rest = BigInt.asIntN(64, value)
    while (rest < -0x40n || rest > 0x3fn) {
      this.byte(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.byte(Number(rest & 0x7fn))
  }

  /** Writes a float32. */
  float(value: number): void {
    scratch.setFloat32(0, value, true)
    for (let at = 0; at < 4; at++) this.byte(scratch.getUint8(at))
  }

  /** Writes a float64. */
  double(value: number): void {
    scratch.setFloat64(0, value, true)
    for (let at = 0; at < 8; at++) this.byte(scratch.getUint8(at))
  }

  /** Writes a name: its length, then its characters (ASCII). */
  name(text: string): void {
    this.unsigned(text.length)
    for (let at = 0; at < text.length; at++) this.byte(text.charCodeAt(at))
  }

  /** Writes a section of a module: its number, its length, what it holds. */
  section(number: number, contents: ByteWriter): void {
    this.byte(number)
    this.unsigned(contents.length)
    this.append(contents)
  }

  #grow(by: number): void {
    const larger = new Uint8Array(2 * (this.#bytes.length + by))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
