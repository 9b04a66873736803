import {
  activeCapture,
  GradientError,
  guard,
  isFloating,
  Tensor,
  tensor,
  type TensorData,
  Variable,
} from '@chainrule/tensor'
import { baseLevel } from './base-level.js'
import { LeafValue } from './leaf-value.js'

/**
 * A variable that collects a gradient: what layers train.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
 *
 * @example
 * ```ts
 * import { Parameter } from '@chainrule/autograd'
 * const weight = new Parameter([2, 3])
 * weight.mul(weight).sum().backward()
 * console.log(String(weight.grad)) // tensor([4, 6], float32)
 * ```
 */
export class Parameter extends Variable {
  readonly #leaf: LeafValue
  #trained = true
  readonly #isTrained = (): boolean => this.#trained

  /**
   * @param data - a tensor, or what `tensor` takes
   * @throws GradientError unless the dtype is floating
   */
  constructor(data: Tensor | TensorData) {
    const value = data instanceof Tensor ? data : tensor(data)
    if (!isFloating(value.dtype)) {
      throw new GradientError(`Parameter: got ${value.dtype}, expected a floating dtype. Convert with .to('float32').`)
    }
    super(value)
    // A handle that nobody else has would keep the first value alive after the next assign.
    if (value !== data && activeCapture() === undefined) value.dispose()
    this.#leaf = new LeafValue(this)
    baseLevel.track(this, this.#leaf)
  }

  /** Whether the parameter collects a gradient; set it to false to freeze it. */
  override get requiresGrad(): boolean {
    return guard('requiresGrad', this.#isTrained)
  }

  override set requiresGrad(value: boolean) {
    // A program starts from what holds before the function, whatever the function changes.
    guard('requiresGrad', this.#isTrained)
    this.#trained = value
    if (value) baseLevel.track(this, this.#leaf)
    else this.dropTrace(baseLevel)
  }

  /** Tells the recorders that the parameter is used, and what of it is recorded. */
  override noteRead(): void {
    super.noteRead()
    guard('requiresGrad', this.#isTrained)
  }

  /** Whether a compiled step left a gradient that it did not keep; reading `grad` is then an error until it is set anew. */
  get isGradWithheld(): boolean {
    return this.#leaf.isWithheld
  }

  /** The sum of the gradients since it was last undefined. */
  override get grad(): Tensor | undefined {
    return this.#leaf.gradient
  }

  override set grad(value: Tensor | undefined) {
    this.#leaf.gradient = value
  }
}
