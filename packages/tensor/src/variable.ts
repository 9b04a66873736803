import { apply } from './apply.js'
import { itemSize } from './dtype.js'
import { DTypeError, ShapeError } from './errors.js'
import { initialValue, recordAssign, recordRead, withoutGradients } from './recorder.js'
import { requireTensor } from './require-tensor.js'
import { sameShape, showShape } from './shape.js'
import { Tensor } from './tensor.js'

/** The tensor itself when it is the whole of its storage, in order; otherwise a copy that is. */
const asWhole = (operation: string, value: Tensor): Tensor => {
  requireTensor(operation, value)
  value.storageFor(operation)
  const whole = value.isContiguous && value.storage?.byteLength === value.size * itemSize(value.dtype)
  return whole ? value : (withoutGradients(() => apply('identity', [value], { copy: true }))[0] ?? value)
}

/**
 * A tensor whose storage can be rebound: parameters, running statistics, optimizer state. Scopes never release it;
 * views, residuals and state-dict snapshots taken before an `assign` keep the old values.
 *
 * @example
 * ```ts
 * import { tensor, Variable } from '@chainrule/tensor'
 * const count = new Variable(tensor(1))
 * count.assign(count.add(1))
 * console.log(count.dataSync()[0]) // 2
 * ```
 */
export class Variable extends Tensor {
  #replacements = 0

  /** @param value - the first value; shape and dtype stay */
  constructor(value: Tensor) {
    const real = initialValue(value)
    const initial = asWhole('Variable', real)
    super(initial, initial.storageFor('Variable'), initial.home, false)
    if (initial !== real) initial.dispose()
  }

  /** How often another variable has taken the place of this one in a module. */
  get replacements(): number {
    return this.#replacements
  }

  /** Notes that another variable has taken the place of this one in a module: programs that use it are captured anew. */
  noteReplaced(): void {
    this.#replacements += 1
  }

  /** Tells the recorders that the variable is used. */
  override noteRead(): void {
    recordRead(this)
  }

  /**
   * Gives the variable another value of the same shape and dtype.
   *
   * @param value - the value; its memory is shared, not copied, where it is the whole of it
   * @throws ShapeError or DTypeError when it does not fit
   */
  assign(value: Tensor): void {
    requireTensor('assign', value)
    if (!sameShape(value.shape, this.shape)) {
      throw new ShapeError(
        `assign: got shape ${showShape(value.shape)}, expected the variable's ${showShape(this.shape)}. Reshape the value.`,
      )
    }
    if (value.dtype !== this.dtype) {
      throw new DTypeError(
        `assign: got ${value.dtype}, expected the variable's ${this.dtype}. Convert with .to('${this.dtype}').`,
      )
    }
    if (recordAssign(this, value)) return
    const whole = asWhole('assign', value)
    this.rebind(whole.storageFor('assign'), whole)
    if (whole !== value) whole.dispose()
  }
}
