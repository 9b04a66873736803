import { Value } from '@chainrule/tensor'
import { GradientLevel } from './gradient-level.js'
import type { Tensor } from '@chainrule/tensor'

/** A leaf of the base tape: collects its gradient. */
export class LeafValue extends Value {
  /** The parameter or leaf tensor. */
  readonly target: Tensor
  /** What `backward` left. */
  gradient: Tensor | undefined
  /** Why there is none to read, after a compiled step that did not keep it. */
  withheld: string | undefined

  /** @param target - the parameter or leaf tensor */
  constructor(target: Tensor) {
    super(target.shape, target.dtype)
    this.target = target
  }
}

/** The level under all others: the tape behind `backward`. */
export const baseLevel = new GradientLevel()

/** The leaf that a tensor is on the base tape, if it is one. */
export const leafOf = (tensor: Tensor): LeafValue | undefined => {
  const value = baseLevel.valueOf(tensor)
  return value instanceof LeafValue ? value : undefined
}
