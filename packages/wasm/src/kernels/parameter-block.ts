/**
 * The buffer in which one kind of kernel writes its argument blocks, one after another: a plan is valid until the next.
 */
export class ParameterBlock {
  #words = new Int32Array(256)
  readonly #views = new Map<number, Uint8Array<ArrayBuffer>>()

  /**
   * Room for an argument block.
   *
   * @param count - i32 words that it may take
   * @returns the words; what they hold is left over from earlier blocks
   */
  words(count: number): Int32Array {
    if (this.#words.length < count) {
      this.#words = new Int32Array(2 * count)
      this.#views.clear()
    }
    return this.#words
  }

  /**
   * The first words as bytes.
   *
   * @param count - how many words were written
   * @returns a view on them
   */
  bytes(count: number): Uint8Array<ArrayBuffer> {
    let view = this.#views.get(count)
    if (view === undefined) {
      view = new Uint8Array(this.#words.buffer, 0, 4 * count)
      this.#views.set(count, view)
    }
    return view
  }
}
