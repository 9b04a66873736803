/** Lines of code that are written one after another, with blocks inside blocks. */
export class CodeLines {
  readonly #lines: string[] = []
  #indent = ''

  /** Adds lines. */
  add(...lines: readonly string[]): void {
    for (const line of lines) this.#lines.push(this.#indent + line)
  }

  /** Adds a block: a head that opens a brace, what `body` adds, and the closing brace. */
  block(head: string, body: () => void): void {
    this.add(`${head} {`)
    const outer = this.#indent
    this.#indent = `${outer}  `
    body()
    this.#indent = outer
    this.add('}')
  }

  /** All lines. */
  get text(): string {
    return this.#lines.join('\n')
  }
}
