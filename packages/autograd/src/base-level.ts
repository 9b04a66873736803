import { activeCapture, adopt, GradientError, type HostPlace, own, Tensor, touchPlace, Value } from '@chainrule/tensor'
import { GradientLevel } from './gradient-level.js'

/** A leaf of the base tape: collects its gradient, and is the place where programs leave it. */
export class LeafValue extends Value implements HostPlace {
  /** The parameter or leaf tensor. */
  readonly target: Tensor
  /** What `backward` left, or why a compiled step did not keep it. */
  #state: Tensor | string | undefined

  /** @param target - the parameter or leaf tensor */
  constructor(target: Tensor) {
    super(target.shape, target.dtype, 'parameter')
    this.target = target
  }

  /** The gradient, nothing, or the reason why it was not kept. */
  get(): Tensor | string | undefined {
    return this.#state
  }

  /** Puts a gradient here; the one before goes back to its scope or to garbage collection. */
  set(state: Tensor | string | undefined): void {
    const before = this.#state
    this.#state = state
    // A capture puts back what it found, so ownership must not change.
    if (activeCapture() !== undefined || before === state) return
    if (state instanceof Tensor) adopt(state)
    if (before instanceof Tensor && !before.isDisposed && !before.isAbstract) own(before)
  }

  /** The gradient as the user sees it. */
  get gradient(): Tensor | undefined {
    touchPlace(this, 'read')
    if (typeof this.#state === 'string') throw new GradientError(`grad: ${this.#state}`)
    return this.#state
  }

  set gradient(value: Tensor | undefined) {
    touchPlace(this, 'write')
    this.set(value)
  }
}

/** The level under all others: the tape behind `backward`. */
export const baseLevel = new GradientLevel()

/** The leaf that a tensor is on the base tape, if it is one. */
export const leafOf = (tensor: Tensor): LeafValue | undefined => {
  const value = baseLevel.valueOf(tensor)
  return value instanceof LeafValue ? value : undefined
}
