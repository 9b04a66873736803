import type { EventEmitter } from 'node:events'
import { setImmediate } from 'node:timers/promises'

/** What a terminal sends at Ctrl-C, and what containers, schedulers and `kill` send to end a process. */
export type StopSignal = 'SIGINT' | 'SIGTERM'

const stopSignals = ['SIGINT', 'SIGTERM'] as const

/** npm hands on the signal that the terminal has sent to every process already: one Ctrl-C, two signals. */
const echoMilliseconds = 500

/** How long signals may wait to be noticed: nothing to a person, and many short steps. */
const patienceMilliseconds = 20

/** What an {@link Interruption} touches of its process. */
export interface InterruptedProcess {
  readonly signals: Pick<EventEmitter, 'on' | 'removeListener'>
  /** Ends the process as a signal does where nobody listens. */
  readonly end: (signal: StopSignal) => void
  /** A clock, in milliseconds. */
  readonly now: () => number
}

const thisProcess: InterruptedProcess = {
  signals: process,
  end: (signal) => process.kill(process.pid, signal),
  now: () => performance.now(),
}

/** A wish to stop a run (Ctrl-C, or a request to terminate), which is granted between two steps; a second one ends the process at once. */
export class Interruption {
  readonly #process: InterruptedProcess
  readonly #listener: (signal: StopSignal) => void
  #signal: StopSignal | undefined
  #since = 0
  #looked = -Infinity

  /**
   * @param announce - called when the wish comes, with the signal it came by
   * @param interrupted - the process; this one by default
   */
  constructor(announce: (signal: StopSignal) => void, interrupted: InterruptedProcess = thisProcess) {
    this.#process = interrupted
    this.#listener = (signal) => {
      const now = interrupted.now()
      if (this.#signal === undefined) {
        this.#signal = signal
        this.#since = now
        announce(signal)
      } else if (now - this.#since >= echoMilliseconds) {
        this.dispose()
        interrupted.end(signal)
      }
    }
    for (const signal of stopSignals) interrupted.signals.on(signal, this.#listener)
  }

  /** The signal the wish came by; undefined while there is none. */
  get signal(): StopSignal | undefined {
    return this.#signal
  }

  /** Whether to stop. Signals are noticed between turns of the event loop, which steps do not give way to: this does at times. */
  async requested(): Promise<boolean> {
    if (this.#process.now() - this.#looked >= patienceMilliseconds) {
      await setImmediate()
      this.#looked = this.#process.now()
    }
    return this.#signal !== undefined
  }

  /** From now on, the first signal ends the process. */
  dispose(): void {
    for (const signal of stopSignals) this.#process.signals.removeListener(signal, this.#listener)
  }
}
