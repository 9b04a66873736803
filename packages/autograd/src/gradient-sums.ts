import { add, currentScope, type Tensor, type TensorOwner, type Value } from '@chainrule/tensor'

/**
 * The gradients of a walk, by value, summed over the successors that were walked. A gradient that no value holds any longer is
 * released at once if it was made in the scope of the walk, so that a walk needs memory for its front and not for its length.
 */
export class GradientSums {
  readonly #sums = new Map<Value, Tensor>()
  readonly #holders = new Map<Tensor, number>()
  readonly #releases: TensorOwner

  /** @param isReleasing - false where gradients are to live as long as the current scope */
  constructor(isReleasing: boolean) {
    this.#releases = isReleasing ? currentScope() : undefined
  }

  /** The gradient of a value so far. */
  get(value: Value): Tensor | undefined {
    return this.#sums.get(value)
  }

  /** Adds to the gradient of a value. */
  add(value: Value, gradient: Tensor): void {
    const known = this.#sums.get(value)
    this.set(value, known === undefined ? gradient : add(known, gradient))
  }

  /** Puts a gradient in place of what a value has. */
  set(value: Value, gradient: Tensor): void {
    const before = this.#sums.get(value)
    this.#sums.set(value, gradient)
    this.hold(gradient)
    if (before !== undefined) this.drop(before)
  }

  /** Forgets the gradient of a value. */
  delete(value: Value): void {
    const gradient = this.#sums.get(value)
    if (gradient === undefined) return
    this.#sums.delete(value)
    this.drop(gradient)
  }

  /** Keeps a gradient from being released: several values may share one. */
  hold(gradient: Tensor): void {
    this.#holders.set(gradient, (this.#holders.get(gradient) ?? 0) + 1)
  }

  /** Ends a hold. */
  drop(gradient: Tensor): void {
    const holders = (this.#holders.get(gradient) ?? 0) - 1
    if (holders > 0) {
      this.#holders.set(gradient, holders)
      return
    }
    this.#holders.delete(gradient)
    if (this.#releases !== undefined && gradient.owner === this.#releases) gradient.dispose()
  }

  /** What is left. */
  toMap(): ReadonlyMap<Value, Tensor> {
    return this.#sums
  }
}
