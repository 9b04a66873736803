import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'

/** What a server is asked. */
export type Question =
  | { readonly command: 'open' }
  | { readonly command: 'prepare'; readonly name: string; readonly place: string }
  /** To run so often, one run right after the other. */
  | { readonly command: 'run'; readonly count: number }
  /** How many calls of a native library the case has made so far. */
  | { readonly command: 'count' }

/** What a server answers. */
export interface Answer {
  readonly description?: string
  readonly check?: readonly number[]
  /** Of each run asked for. */
  readonly milliseconds?: readonly number[]
  readonly libraryCalls?: number
  readonly skip?: string
  readonly error?: string
}

/** A system in a process of its own, so that libraries do not disturb each other; one question at a time. */
export class Server {
  readonly name: string
  /** What the system says of itself once it is open. */
  description = ''
  readonly #process: ChildProcess
  readonly #lines: Interface
  #waiting: ((answer: Answer) => void) | undefined

  constructor(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.name = name
    this.#process = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#process
    if (stdout === null) throw new Error(`${name}: no standard output`)
    this.#lines = createInterface({ input: stdout })
    this.#lines.on('line', (line) => {
      if (!line.startsWith('{')) return
      this.#waiting?.(JSON.parse(line) as Answer)
      this.#waiting = undefined
    })
    this.#process.on('exit', (code) => this.#waiting?.({ error: `the process ended with code ${code}` }))
  }

  /** Asks and waits for the answer. */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting = resolve
      this.#process.stdin?.write(`${JSON.stringify(question)}\n`)
    })
  }

  /** Ends the process. */
  stop(): void {
    this.#lines.close()
    this.#process.kill()
  }
}
