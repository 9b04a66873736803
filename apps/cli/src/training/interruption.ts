import type { EventEmitter } from 'node:events'
import { setImmediate } from 'node:timers/promises'

/** npm hands on the signal that the terminal has sent to every process already: one Ctrl-C, two signals. */
const echoMilliseconds = 500

/** How long signals may wait to be noticed: nothing to a person, and many short steps. */
const patienceMilliseconds = 20

/** What an {@link Interruption} touches of its process. */
export interface InterruptedProcess {
  readonly signals: Pick<EventEmitter, 'on' | 'removeListener'>
  /** Ends the process as the signal does where nobody listens. */
  readonly end: () => void
  /** A clock, in milliseconds. */
  readonly now: () => number
}

const thisProcess: InterruptedProcess = {
  signals: process,
  end: () => process.kill(process.pid, 'SIGINT'),
  now: () => performance.now(),
}

/** A wish to stop a run (Ctrl-C), which is granted between two steps; a second one ends the process at once. */
export class Interruption {
  readonly #process: InterruptedProcess
  readonly #listener: () => void
  #since: number | undefined
  #looked = -Infinity

  /**
   * @param announce - called when the wish comes
   * @param interrupted - the process; this one by default
   */
  constructor(announce: () => void, interrupted: InterruptedProcess = thisProcess) {
    this.#process = interrupted
    this.#listener = () => {
      const now = interrupted.now()
      if (this.#since === undefined) {
        this.#since = now
        announce()
      } else if (now - this.#since >= echoMilliseconds) {
        this.dispose()
        interrupted.end()
      }
    }
    interrupted.signals.on('SIGINT', this.#listener)
  }

  /** Whether to stop. Signals are noticed between turns of the event loop, which steps do not give way to: this does at times. */
  async requested(): Promise<boolean> {
    if (this.#process.now() - this.#looked >= patienceMilliseconds) {
      await setImmediate()
      this.#looked = this.#process.now()
    }
    return this.#since !== undefined
  }

  /** From now on, the first signal ends the process. */
  dispose(): void {
    this.#process.signals.removeListener('SIGINT', this.#listener)
  }
}
