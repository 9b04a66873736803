import { duration, percent, whole } from '../report/format.js'

/** What happened since the last line. */
export interface Interval {
  readonly epoch: number
  readonly step: number
  readonly samples: number
  readonly loss: number
  readonly correct: number
}

/** Turns intervals into lines with speed and the time that is left. */
export class Progress {
  readonly #epochs: number
  readonly #stepsPerEpoch: number
  readonly #stepsBefore: number
  readonly #now: () => number
  readonly #start: number
  #last: number

  /**
   * @param epochs - how many there will be
   * @param stepsPerEpoch - steps of each
   * @param stepsBefore - steps of all epochs that were done before the clock starts
   * @param now - a clock, in milliseconds
   */
  constructor(epochs: number, stepsPerEpoch: number, stepsBefore = 0, now: () => number = () => performance.now()) {
    this.#epochs = epochs
    this.#stepsPerEpoch = stepsPerEpoch
    this.#stepsBefore = stepsBefore
    this.#now = now
    this.#start = this.#last = now()
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.#now() - this.#start) / 1000
  }

  /**
   * The line of an interval that ends now.
   *
   * @param interval - epoch and step from 1 on, and sums over the interval's samples
   */
  line({ epoch, step, samples, loss, correct }: Interval): string {
    const now = this.#now()
    const speed = samples / Math.max((now - this.#last) / 1000, 1e-6)
    this.#last = now
    const done = (epoch - 1) * this.#stepsPerEpoch + step
    const left = (this.seconds / (done - this.#stepsBefore)) * (this.#epochs * this.#stepsPerEpoch - done)
    const place = (value: number, of: number): string => `${String(value).padStart(String(of).length)}/${of}`
    return [
      `epoch ${place(epoch, this.#epochs)}`,
      `step ${place(step, this.#stepsPerEpoch)}`,
      `loss ${(loss / samples).toFixed(4)}`,
      `accuracy ${percent(correct / samples).padStart(7)}`,
      `${whole(speed)} samples/s`.padStart(16),
      `ETA ${duration(left)}`,
    ].join('  ')
  }
}
