import { scope, type Tensor, Variable, zeros } from 'chainrule'

/** Sums over the steps of an interval, kept on the device so that no step waits for a read. */
export class RunningSums {
  readonly #loss = new Variable(zeros([]))
  readonly #correct = new Variable(zeros([]))
  #samples = 0

  /** Adds the mean loss of a step's samples, and how many of them were right. */
  add(loss: Tensor, correct: Tensor, samples: number): void {
    this.#loss.assign(this.#loss.add(loss.detach().mul(samples)))
    this.#correct.assign(this.#correct.add(correct))
  }

  /** Counts the samples of a step; the host's part, which no captured step would repeat. */
  count(samples: number): void {
    this.#samples += samples
  }

  /** The sums since the last call. */
  async take(): Promise<{ readonly loss: number; readonly correct: number; readonly samples: number }> {
    const sums = { loss: await this.#loss.item(), correct: await this.#correct.item(), samples: this.#samples }
    scope(() => {
      this.#loss.assign(zeros([]))
      this.#correct.assign(zeros([]))
    })
    this.#samples = 0
    return sums
  }

  /** Releases the sums. */
  dispose(): void {
    this.#loss.dispose()
    this.#correct.dispose()
  }
}
