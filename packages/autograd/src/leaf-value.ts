import {
  activeCapture,
  currentScope,
  giveTo,
  GradientError,
  type HostPlace,
  Tensor,
  type TensorOwner,
  touchPlace,
  Value,
} from '@chainrule/tensor'

/** A leaf of the base tape: collects its gradient, and is the place where programs leave it. */
export class LeafValue extends Value implements HostPlace {
  /** The parameter or leaf tensor. */
  readonly target: Tensor
  /** What `backward` left, or why a compiled step did not keep it. */
  #state: Tensor | string | undefined
  /** Where the user was given the gradient, if anywhere. */
  #reader: { readonly scope: TensorOwner } | undefined

  /** @param target - the parameter or leaf tensor */
  constructor(target: Tensor) {
    super(target.shape, target.dtype, 'parameter')
    this.target = target
  }

  /** Whether somebody could read a gradient here: the leaf is neither frozen nor gone. */
  get collects(): boolean {
    return !this.target.isDisposed && this.target.requiresGrad
  }

  /** Whether a compiled step computed a gradient here that it did not keep. */
  get isWithheld(): boolean {
    touchPlace(this, 'read')
    return typeof this.#state === 'string'
  }

  /** The gradient, nothing, or the reason why it was not kept. */
  get(): Tensor | string | undefined {
    return this.#state
  }

  /**
   * Puts a gradient here. It lives as long as the leaf. The one before goes to the scope in which it was read, where a handle
   * may still be in use; to the current scope where nobody read it or that scope has ended.
   */
  set(state: Tensor | string | undefined): void {
    const before = this.#state
    this.#state = state
    // A capture puts back what it found, so ownership must not change.
    if (activeCapture() !== undefined || before === state) return
    const reader = this.#reader
    this.#reader = undefined
    if (state instanceof Tensor) giveTo(this.target.owner, state)
    if (!(before instanceof Tensor) || before.isDisposed || before.isAbstract) return
    const isForgotten = reader === undefined || reader.scope?.isOpen === false
    giveTo(isForgotten ? currentScope() : reader.scope, before)
  }

  /** The gradient, for the library's own eyes. */
  peek(): Tensor | undefined {
    touchPlace(this, 'read')
    if (typeof this.#state === 'string') throw new GradientError(`grad: ${this.#state}`)
    return this.#state
  }

  /** Puts a gradient here that the user has no handle on. */
  replace(gradient: Tensor | undefined): void {
    touchPlace(this, 'write')
    this.set(gradient)
  }

  /** The gradient as the user sees it. */
  get gradient(): Tensor | undefined {
    const gradient = this.peek()
    if (gradient !== undefined) this.#noteReader()
    return gradient
  }

  set gradient(value: Tensor | undefined) {
    this.replace(value)
    if (value !== undefined) this.#noteReader()
  }

  /** Remembers the outermost open scope in which a handle was given out. */
  #noteReader(): void {
    const scope = currentScope()
    const known = this.#reader
    const isFurtherOut =
      known !== undefined && known.scope?.isOpen !== false && (known.scope?.depth ?? 0) <= (scope?.depth ?? 0)
    if (!isFurtherOut) this.#reader = { scope }
  }
}
