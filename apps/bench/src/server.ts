import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What a server is asked. */
export type Question =
  | { readonly command: 'open' }
  | { readonly command: 'prepare'; readonly name: string; readonly place: string }
  /** To run so often, one run right after the other, after runs that are not counted: at least one, and for so long. */
  | { readonly command: 'run'; readonly count: number; readonly warmMilliseconds: number }
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
  readonly #start: () => ChildProcess
  #process: ChildProcess
  #waiting: ((answer: Answer) => void) | undefined

  constructor(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.name = name
    this.#start = () => {
      const started = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
      const { stdout } = started
      if (stdout === null) throw new Error(`${name}: no standard output`)
      createInterface({ input: stdout }).on('line', (line) => {
        if (started === this.#process && line.startsWith('{')) this.#answer(JSON.parse(line) as Answer)
      })
      started.on('exit', (code) => {
        if (started === this.#process) this.#answer({ error: `the process ended with code ${code}` })
      })
      return started
    }
    this.#process = this.#start()
  }

  #answer(answer: Answer): void {
    this.#waiting?.(answer)
    this.#waiting = undefined
  }

  /** Asks and waits for the answer. */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting = resolve
      this.#process.stdin?.write(`${JSON.stringify(question)}\n`)
    })
  }

  /** Begins anew in another process, after something went wrong in this one. */
  async restart(): Promise<void> {
    this.#process.kill()
    this.#process = this.#start()
    await this.ask({ command: 'open' })
  }

  /** Ends the process. */
  stop(): void {
    this.#process.kill()
  }
}
