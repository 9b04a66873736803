import type { StopSignal } from './interruption.js'

/** A run that a signal has stopped. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
  readonly signal: StopSignal

  /**
   * @param message - where the run has stopped, and how it goes on
   * @param signal - what has stopped it
   */
  constructor(message: string, signal: StopSignal) {
    super(message)
    this.signal = signal
  }
}
